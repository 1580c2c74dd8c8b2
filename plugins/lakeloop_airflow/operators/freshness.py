"""How old a source's newest rows are: a warning is shown and the run goes on, an error stops it."""

from collections.abc import Iterable, Sequence
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from lakeloop.config import Source, Target
from lakeloop_airflow.defaults import DATABRICKS
from lakeloop_airflow.warehouse import warehouse

XCOM_WARNINGS = "warnings"


class FreshnessOperator(BaseOperator):
    """Compares the age of each silver table that has `freshness` with it, in one query.

    A table that is too old to be right (``error_after``), or that has no row, fails the task for good. One that is
    only older than ``warn_after`` is named in the log and in the XCom ``warnings``. Tables without `freshness` may be
    of any age.
    """

    template_fields: Sequence[str] = ("databricks_conn_id",)
    ui_color = "#e8f5e9"

    def __init__(
        self, *, source: Source, target: Target, databricks_conn_id: str = DATABRICKS, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.databricks_conn_id = databricks_conn_id
        self.http_path = target.warehouse_http_path
        self.catalog = target.catalog

    def execute(self, context: Any) -> dict[str, float | None]:
        """Return the age of each table in hours; None for an empty one."""
        ages = self._ages()
        errors, warnings = findings(self.source, ages)
        for warning in warnings:
            self.log.warning(warning)
        context["ti"].xcom_push(key=XCOM_WARNINGS, value=warnings)
        if errors:
            raise AirflowFailException("; ".join(errors))
        return ages

    def _ages(self) -> dict[str, float | None]:
        query = " UNION ALL ".join(_age_sql(self.source, name) for name in _timed(self.source))
        if not query:
            return {}
        rows = warehouse(self.databricks_conn_id, self.http_path, self.catalog).get_records(query)
        return {name: None if hours is None else float(hours) for name, hours in rows}


def findings(source: Source, ages: dict[str, float | None]) -> tuple[list[str], list[str]]:
    """Errors and warnings, a sentence each, about tables of these ages (hours; None: no row)."""
    errors, warnings = [], []
    for name in _timed(source):
        limits, hours = source.tables[name].freshness, ages[name]
        assert limits is not None
        table = source.table("silver", name)
        if hours is None:
            errors.append(f"{table} has no row: ingest before the transformation")
        elif hours > limits.error_after:
            errors.append(
                f"newest row of {table} is {hours:.0f} hours old, error_after is {limits.error_after}"
            )
        elif hours > limits.warn_after:
            warnings.append(
                f"newest row of {table} is {hours:.0f} hours old, warn_after is {limits.warn_after}"
            )
    return errors, warnings


def _timed(source: Source) -> Iterable[str]:
    return [name for name, table in source.tables.items() if table.freshness]


def _age_sql(source: Source, name: str) -> str:
    hours = "(unix_seconds(current_timestamp()) - unix_seconds(max(_ingested_at))) / 3600"
    return f"SELECT '{name}' AS name, {hours} AS hours FROM {source.table('silver', name)}"
