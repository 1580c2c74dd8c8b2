"""SQL through Airflow's unmodified DatabricksSqlHook and its operator."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from airflow.providers.databricks.exceptions import DatabricksSqlExecutionError
from airflow.providers.databricks.hooks.databricks_sql import DatabricksSqlHook

WAREHOUSE = "/sql/1.0/warehouses/local"


@pytest.fixture
def hook(stack: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> DatabricksSqlHook:
    host = urlsplit(stack["DATABRICKS_HOST"])
    extra = {
        "token": stack["DATABRICKS_TOKEN"],
        "http_path": WAREHOUSE,
        "_connection_uri": stack["DATABRICKS_HOST"] + WAREHOUSE,
        "enable_telemetry": False,
    }
    connection = {
        "conn_type": "databricks",
        "schema": host.scheme,
        "host": host.hostname,
        "port": host.port,
        "extra": extra,
    }
    monkeypatch.setenv("AIRFLOW_CONN_SQL_CONFORMANCE", json.dumps(connection))
    return DatabricksSqlHook("sql_conformance", catalog="dev")


def test_records_and_parameters(hook: DatabricksSqlHook) -> None:
    assert [tuple(row) for row in hook.get_records("select id, 'x' from range(2) order by id")] == [
        (0, "x"),
        (1, "x"),
    ]
    assert tuple(hook.get_first("select :a + 1", parameters={"a": 1})) == (2,)


def test_several_statements_share_a_session(hook: DatabricksSqlHook) -> None:
    statements = ["create temporary view v as select 7 as a", "select a from v"]
    rows: Any = hook.run(statements, handler=lambda cursor: cursor.fetchall(), split_statements=False)
    assert [tuple(row) for row in rows[-1]] == [(7,)]


def test_a_wrong_statement_fails_with_sparks_words(hook: DatabricksSqlHook) -> None:
    with pytest.raises(
        DatabricksSqlExecutionError, match=r"(?s)\[TABLE_OR_VIEW_NOT_FOUND\].*SQLSTATE: 42P01"
    ):
        hook.run("select * from nowhere.nothing")
