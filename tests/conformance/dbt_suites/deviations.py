"""How the suites, written for PostgreSQL, are told what dbt-databricks does otherwise."""

import re
from typing import Any

import pytest

NAMES = (
    (r"timestamp without time zone", "timestamp"),
    (r"double precision", "double"),
    (r"\btext\b", "string"),
)
STATEMENT_END = re.compile(r";\s*(?:\n|$)")
SPARK_SQL = "the suite's SQL, in Spark's types and one statement at a time"
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
            return [send(statement, fetch) for statement in statements(sql)][-1]

        project.run_sql = run_sql
        return project
