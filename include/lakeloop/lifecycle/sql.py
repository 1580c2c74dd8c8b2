"""Statements that Spark and a SQL warehouse understand alike: text in, rows by column name out.

Moments go in and come back as microseconds since 1970, because engines differ in the time zone that they put on them.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Run = Callable[[str], list[dict[str, Any]]]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def through_spark(spark: "SparkSession") -> Run:
    """Runs statements in the session of this compute."""
    return lambda statement: [row.asDict() for row in spark.sql(statement).collect()]


def through_cursor(cursor: Any) -> Run:
    """Runs statements on a DB-API cursor, as the SQL connector and Airflow's hook hand it out."""

    def run(statement: str) -> list[dict[str, Any]]:
        cursor.execute(statement)
        return rows_of(cursor)

    return run


def rows_of(cursor: Any) -> list[dict[str, Any]]:
    """What a statement answered on a DB-API cursor; nothing for one that answers nothing."""
    if not cursor.description:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def text(value: str | None) -> str:
    """`value` as a literal. A dollar sign is escaped too: Spark puts `${env:NAME}` in before it parses."""
    if value is None:
        return "CAST(NULL AS STRING)"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("$", "\\u0024")
    return f"'{escaped}'"


def moment(value: datetime) -> str:
    """`value` (with time zone) as a literal."""
    return f"timestamp_micros({(value - EPOCH) // MICROSECOND}L)"


def from_micros(value: int) -> datetime:
    """The moment (UTC) so many microseconds after 1970 began."""
    return EPOCH + value * MICROSECOND


def table_exists(run: Run, table: str) -> bool:
    """Whether ``schema.table`` is there in the session's catalog; without the schema it is not."""
    schema, _, name = table.rpartition(".")
    if not run(f"SHOW SCHEMAS LIKE {text(schema)}"):
        return False
    return any(row["tableName"] == name for row in run(f"SHOW TABLES IN {schema} LIKE {text(name)}"))


def column_types(run: Run, table: str) -> dict[str, str]:
    """Name and SQL type of each column of `table`."""
    columns: dict[str, str] = {}
    for row in run(f"DESCRIBE TABLE {table}"):
        if not row["col_name"] or row["col_name"].startswith("#"):
            break  # what follows speaks of partitions and clustering
        columns[row["col_name"]] = row["data_type"]
    return columns
