"""How the suites, written for PostgreSQL, are told what dbt-databricks does otherwise."""

import re
from datetime import datetime
from typing import Any

import pytest

NAMES = (
    (r"timestamp without time zone", "timestamp"),
    (r"double precision", "double"),
    (r"\btext\b", "string"),
)
STATEMENT_END = re.compile(r";\s*(?:\n|$)")
SPARK_SQL = "the suite's SQL, in Spark's types and one statement at a time"
POSTGRES_VALUES = f"{SPARK_SQL}; moments have a time zone, and dbt_is_deleted is a boolean in dbt-databricks"
# Columns can be dropped only where Delta knows them by an id.
MAPPED = {"+tblproperties": {"delta.columnMapping.mode": "name"}}
NEWER = "runs the suite a second time, with the adapter's newer materializations"
NEWER_FLAGS: dict[str, Any] = {"flags": {"use_materialization_v2": True}}


def deviates(reason: str) -> pytest.MarkDecorator:
    """Mark a suite that expects something else than its base, and why."""
    return pytest.mark.deviates(reason)


def on_spark(sql: str) -> str:
    """Return `sql` with the names of Spark's types."""
    for postgres, spark in NAMES:
        sql = re.sub(postgres, spark, sql, flags=re.IGNORECASE)
    return sql


def statements(sql: str) -> list[str]:
    """Return the statements of a script, one by one, with Spark's types and backticks around names."""
    script = re.sub(r'"(\w+)"', r"`\1`", on_spark(sql))
    return [statement for statement in STATEMENT_END.split(script) if statement.strip()]


class SparkSql:
    """A suite that sends its SQL itself: in Spark's types, and one statement at a time."""

    @pytest.fixture(scope="class")
    def project(self, project: Any) -> Any:
        send = project.run_sql

        def run_sql(sql: str, fetch: str | None = None) -> Any:
            return self.read([send(statement, fetch) for statement in statements(sql)][-1])

        project.run_sql = run_sql
        return project

    def read(self, answer: Any) -> Any:
        """What the last statement answered, as the suite wants to see it."""
        return answer


class PostgresValues(SparkSql):
    """A suite that compares what it reads with what PostgreSQL's client makes of it."""

    def read(self, answer: Any) -> Any:
        """Rows without the time zone of moments, and with dbt-databricks' booleans as the text that dbt has there."""
        rows = answer if isinstance(answer, list) else []
        return [tuple(_as_postgres(value) for value in row) for row in rows] or answer


def _as_postgres(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value)
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
