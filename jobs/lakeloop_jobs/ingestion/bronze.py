"""Rows as they arrived: which are new, which are damaged, and how many."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lakeloop.config.use_case import Source

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

RESCUED = "_rescued_data"
FILE_PATH = "_file_path"
INGESTED_AT = "_ingested_at"
READABLE = f"{RESCUED} IS NULL OR get_json_object({RESCUED}, '$._corrupt_record') IS NULL"


class MissingColumnError(LookupError):
    """A column that the use case declares is in no file of a source."""


@dataclass(frozen=True)
class Arrived:
    """Rows and files since the last run.

    `usable`, `readable` and `absent` are about all rows that silver may need, also those of a run that crashed: rows
    without damage, rows that could be read at all, and the declared columns that no row has.
    """

    files: int
    rows: int
    rescued: int
    damaged: int
    usable: int
    readable: int
    absent: tuple[str, ...]


def newest(spark: "SparkSession", table: str) -> datetime | None:
    """When the newest row of a table was ingested; None for an empty table or none."""
    if not spark.catalog.tableExists(table):
        return None
    row = spark.sql(f"SELECT unix_micros(max({INGESTED_AT})) AS micros FROM {table}").collect()[0]
    return None if row["micros"] is None else datetime.fromtimestamp(row["micros"] / 1_000_000, UTC)


def literal(moment: datetime) -> str:
    """A moment as SQL, to the microsecond, whatever the session's time zone."""
    return f"timestamp_micros({round(moment.timestamp() * 1_000_000)})"


def after(spark: "SparkSession", table: str, moment: datetime | None) -> "DataFrame":
    """The rows of a table that were ingested after `moment`; all of them for None."""
    frame = spark.table(table)
    return frame if moment is None else frame.where(f"{INGESTED_AT} > {literal(moment)}")


def damaged(source: Source) -> str:
    """SQL: whether a row lacks a key, or has a declared column whose value did not fit. Unknown fields do no harm."""
    return " OR ".join([*(f"{key} IS NULL" for key in source.keys), *map(misfit, source.columns)])


def misfit(name: str) -> str:
    """SQL: whether a row's value for a column did not fit and was rescued."""
    return f"get_json_object({RESCUED}, '$.{name}') IS NOT NULL"


def count(rows: "DataFrame", source: Source, before: datetime | None) -> Arrived:
    """Count `rows`, in one scan; those ingested after `before` are the ones that arrived in this run."""
    from pyspark.sql import functions as F  # noqa: N812

    new = F.lit(True) if before is None else F.expr(f"{INGESTED_AT} > {literal(before)}")
    bad = F.expr(damaged(source))
    found = rows.agg(
        # as count_distinct() counts, which would make two rows of each one first
        F.size(F.collect_set(F.when(new, F.col(FILE_PATH)))).alias("files"),
        F.count_if(new).alias("rows"),
        F.count_if(new & F.col(RESCUED).isNotNull()).alias("rescued"),
        F.count_if(new & bad).alias("damaged"),
        F.count_if(~bad).alias("usable"),
        F.count_if(F.expr(READABLE)).alias("readable"),
        *(F.count_if(F.expr(held(name))).alias(_holding(name)) for name in source.columns),
    ).collect()[0].asDict()  # fmt: skip
    absent = tuple(name for name in source.columns if not found.pop(_holding(name)))
    return Arrived(**found, absent=absent)


def require_columns(arrived: Arrived, table: str) -> None:
    """Raise MissingColumnError for a declared column that no readable row has; for the first load of a source."""
    if arrived.readable and arrived.absent:
        raise MissingColumnError(
            f"{table}: column {', '.join(arrived.absent)} is in none of the {arrived.readable:,} rows that arrived; "
            "correct `columns` of this source in the use case's YAML"
        )


def held(name: str) -> str:
    """SQL: whether a row has a value for a column, be it one that did not fit."""
    return f"{name} IS NOT NULL OR {misfit(name)}"


def _holding(name: str) -> str:
    return f"_holding_{name}"
