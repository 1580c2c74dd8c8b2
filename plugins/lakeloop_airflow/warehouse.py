"""The target's SQL warehouse, for operators that ask it something small."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.databricks.hooks.databricks_sql import DatabricksSqlHook

    from lakeloop.lifecycle.sql import Run


def warehouse(databricks_conn_id: str, http_path: str, catalog: str) -> "DatabricksSqlHook":
    """The provider's hook, in the target's catalog: a warehouse's default one need not be it.

    Statements that are given to one ``run`` share a session; each call opens another.
    """
    from airflow.providers.databricks.hooks.databricks_sql import DatabricksSqlHook

    return DatabricksSqlHook(databricks_conn_id, http_path=http_path, catalog=catalog)


def table_exists(hook: "DatabricksSqlHook", table: str) -> bool:
    """Whether ``schema.table`` is there; without the schema it is not, where SHOW TABLES would fail."""
    schema, _, name = table.partition(".")
    where = f"table_schema = '{schema}' AND table_name = '{name}'"
    return bool(hook.get_records(f"SELECT 1 FROM information_schema.tables WHERE {where}"))


def delta_versions(hook: "DatabricksSqlHook", tables: Sequence[str]) -> list[int]:
    """The newest Delta version of each table, all asked for in one session."""
    from airflow.providers.common.sql.hooks.handlers import fetch_one_handler

    newest = [f"DESCRIBE HISTORY {table} LIMIT 1" for table in tables]
    rows: Any = hook.run(newest, handler=fetch_one_handler, return_last=False)
    return [int(row[0]) for row in rows]


def statements(hook: "DatabricksSqlHook") -> "Run":
    """Runs a statement, in a session of its own, and answers with rows by column name, as the lifecycle wants it."""
    from airflow.providers.common.sql.hooks.handlers import fetch_all_handler

    def run(statement: str) -> list[dict[str, Any]]:
        rows: Any = hook.run(statement, handler=fetch_all_handler)
        return [row._asdict() for row in rows or []]

    return run
