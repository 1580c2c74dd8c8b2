"""Silver, quarantine and superseded tables: made, counted for, and written, in an order that a crash cannot harm.

What was superseded and what is quarantined is written before silver. Silver's newest row says how far it has come, and
each of the three writes, done again, adds nothing.
"""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lakeloop.config import Source
from lakeloop.config.source import Table

from .bronze import ARRIVED_AT, FILE_PATH, INGESTED_AT, RESCUED, literal
from .quarantine import UNREADABLE, held, quarantined, reason
from .versions import best, content, judged, rank

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SUPERSEDED_AT = "_superseded_at"


class MissingColumnError(LookupError):
    """A column that the source declares is in no file of a table."""


@dataclass(frozen=True)
class Progress:
    """When the newest row of each table of one name was ingested; None for an empty one."""

    bronze: datetime | None = None
    silver: datetime | None = None
    quarantine: datetime | None = None


@dataclass(frozen=True)
class Counts:
    """Files and rows of this run, and what the rows are for silver: each is one of the last five.

    `added` and `corrected` also count rows that a run before this one left behind when it was killed.
    """

    files: int = 0
    rows: int = 0
    rescued: int = 0
    added: int = 0
    corrected: int = 0
    outdated: int = 0
    duplicates: int = 0
    quarantined: int = 0


@dataclass(frozen=True)
class Due:
    """Rows that each write has to do with, of this run and of one that was killed before it wrote."""

    quarantined: int
    superseded: int
    updated: int


def create(spark: "SparkSession", source: Source, name: str, present: set[str]) -> None:
    """Make silver, quarantine and superseded of one table unless they are `present`."""
    columns = f"{source.tables[name].ddl}, {ARRIVED_AT} TIMESTAMP, {INGESTED_AT} TIMESTAMP"
    why = f"row STRING, reason STRING, {FILE_PATH} STRING, {ARRIVED_AT} TIMESTAMP, {INGESTED_AT} TIMESTAMP"
    wanted = {
        source.table("silver", name): columns,
        source.quarantine(name): why,
        source.superseded(name): f"{columns}, {SUPERSEDED_AT} TIMESTAMP",
    }
    for table, ddl in wanted.items():
        if table not in present:
            spark.sql(f"CREATE TABLE IF NOT EXISTS {table} ({ddl}) USING DELTA")


def progress(spark: "SparkSession", source: Source, name: str, present: set[str] | None = None) -> Progress:
    """How far each table of `name` has come; a table that is not `present` has no row (None: all are)."""
    tables = {
        "bronze": source.table("bronze", name),
        "silver": source.table("silver", name),
        "quarantine": source.quarantine(name),
    }
    newest = [
        f"(SELECT unix_micros(max({INGESTED_AT})) FROM {table}) AS {layer}"
        for layer, table in tables.items()
        if present is None or table in present
    ]
    if not newest:
        return Progress()
    row = spark.sql(f"SELECT {', '.join(newest)}").collect()[0].asDict()
    return Progress(**{layer: _moment(micros) for layer, micros in row.items()})


def behind(spark: "SparkSession", source: Source, name: str) -> bool:
    """Whether bronze has rows newer than silver's newest: a run was killed, or they gave silver nothing.

    To be asked after this run's files were read: the query of a killed client goes on in Spark, and may have written
    its rows only then.
    """
    known = progress(spark, source, name)
    return known.bronze is not None and (known.silver is None or known.silver < known.bronze)


def refine(spark: "SparkSession", source: Source, name: str, known: Progress) -> Counts:
    """Bring silver up to date with bronze.

    Args:
        known: how far the tables had come before this run's files were read.

    Raises MissingColumnError when silver is empty and a declared column is in no row that arrived.
    """
    rows = _pending(source, name, known)
    counts, due = _count(spark, source, name, rows, known)
    if due.quarantined:
        _keep_quarantined(spark, source, name, rows, known)
    if due.superseded:
        _keep_superseded(spark, source, name, rows)
    if counts.added or due.updated:
        _merge(spark, source, name, rows, updates=bool(due.updated))
    return counts


def _pending(source: Source, name: str, known: Progress) -> str:
    """SQL: the bronze rows that silver has not seen, with the ``_reason`` that keeps a row out."""
    newer = f"WHERE {INGESTED_AT} > {literal(known.silver)}" if known.silver else ""
    why = reason(source, source.tables[name])
    return f"SELECT *, {why} AS _reason FROM {source.table('bronze', name)} {newer}"


def _count(
    spark: "SparkSession", source: Source, name: str, rows: str, known: Progress
) -> tuple[Counts, Due]:
    """What came, and what is to be written because of it; in one scan of the rows."""
    table = source.tables[name]
    row = spark.sql(_count_sql(source, name, rows, known)).collect()[0].asDict()
    if known.silver is None:
        _require_columns(table, source.table("bronze", name), row)
    counts = Counts(**{field.name: int(row[field.name]) for field in fields(Counts)})
    return counts, Due(**{field.name: int(row[f"due_{field.name}"]) for field in fields(Due)})


def _count_sql(source: Source, name: str, rows: str, known: Progress) -> str:
    table = source.tables[name]
    new = f"{INGESTED_AT} > {literal(known.bronze)}" if known.bronze else "TRUE"
    unkept = f"{INGESTED_AT} > {literal(known.quarantine)}" if known.quarantine else "TRUE"
    counts = {
        # as count(DISTINCT) counts, which would make two rows of each one first
        "files": f"size(collect_set(IF({new}, {FILE_PATH}, NULL)))",
        "rows": f"count_if({new})",
        "rescued": f"count_if({new} AND {RESCUED} IS NOT NULL)",
        "added": "count_if(_class = 'added')",
        "corrected": "count_if(_class = 'corrected')",
        "outdated": f"count_if({new} AND _class = 'outdated')",
        "duplicates": f"count_if({new} AND _class = 'duplicate')",
        "quarantined": f"count_if({new} AND _class = 'quarantined')",
        "due_quarantined": f"count_if({unkept} AND _class = 'quarantined')",
        "due_superseded": "count_if(_class IN ('corrected', 'outdated'))",
        "due_updated": "count_if(_wins AND _class != 'added')",  # corrected, or equal and arrived later
        "readable": f"count_if({RESCUED} IS NULL OR NOT ({UNREADABLE}))",
        **{f"_held_{column}": f"count_if({held(column)})" for column in table.columns},
    }
    said = ", ".join(f"{count} AS {alias}" for alias, count in counts.items())
    return f"SELECT {said} FROM ({judged(table, rows, source.table('silver', name))})"


def _require_columns(table: Table, bronze: str, row: dict[str, int]) -> None:
    absent = [column for column in table.columns if not row[f"_held_{column}"]]
    if row["readable"] and absent:
        raise MissingColumnError(
            f"{bronze}: column {', '.join(absent)} is in none of the {row['readable']:,} rows that arrived; "
            "correct `columns` of this table in the source's YAML"
        )


def _keep_quarantined(spark: "SparkSession", source: Source, name: str, rows: str, known: Progress) -> None:
    columns = spark.table(source.table("bronze", name)).columns
    kept = quarantined(rows, columns)
    newer = f"AND {INGESTED_AT} > {literal(known.quarantine)}" if known.quarantine else ""
    # Not an INSERT: that of a killed client may still be running, and two of them do not conflict.
    spark.sql(f"""
        MERGE INTO {source.quarantine(name)} t USING ({kept} {newer}) s
        ON t.{INGESTED_AT} = s.{INGESTED_AT} AND t.{FILE_PATH} = s.{FILE_PATH}
        WHEN NOT MATCHED THEN INSERT *""")


def _keep_superseded(spark: "SparkSession", source: Source, name: str, rows: str) -> None:
    """Keep the versions that lose: rows that arrived too old, and silver's rows that are about to be replaced."""
    table = source.tables[name]
    columns = [*table.columns, ARRIVED_AT, INGESTED_AT]
    present = ", ".join(f"_present.{column}" for column in columns)
    match = " AND ".join(f"t.{key} = s.{key}" for key in table.keys)
    into = ", ".join([*columns, SUPERSEDED_AT])
    values = ", ".join([*(f"s.{column}" for column in columns), "current_timestamp()"])
    spark.sql(f"""
        MERGE INTO {source.superseded(name)} t
        USING (
            WITH judged AS ({judged(table, rows, source.table("silver", name))}),
            losers AS (
                SELECT {", ".join(columns)} FROM judged WHERE _class = 'outdated'
                UNION ALL SELECT {present} FROM judged WHERE _class = 'corrected'
            )
            SELECT {", ".join(columns)} FROM (
                SELECT *, row_number() OVER (
                    PARTITION BY {", ".join(table.keys)}, {content(table)} ORDER BY {ARRIVED_AT}, {INGESTED_AT}
                ) AS _place FROM losers
            ) WHERE _place = 1
        ) s
        ON {match} AND {content(table, "t.")} <=> {content(table, "s.")}
        WHEN NOT MATCHED THEN INSERT ({into}) VALUES ({values})""")


def _merge(spark: "SparkSession", source: Source, name: str, rows: str, updates: bool) -> None:
    """Take the best version of each key into silver, in one commit."""
    table = source.tables[name]
    match = " AND ".join(f"t.{key} = s.{key}" for key in table.keys)
    outranks = f"{rank(table, 's.')} > {rank(table, 't.')}"
    differs = f"NOT ({content(table, 's.')} <=> {content(table, 't.')})"
    update = f"""
        WHEN MATCHED AND {outranks} AND {differs} THEN UPDATE SET *
        WHEN MATCHED AND {outranks} THEN UPDATE SET {ARRIVED_AT} = s.{ARRIVED_AT}"""
    spark.sql(f"""
        MERGE INTO {source.table("silver", name)} t USING ({best(table, rows)}) s ON {match}
        {update if updates else ""}
        WHEN NOT MATCHED THEN INSERT *""")


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else datetime.fromtimestamp(micros / 1_000_000, UTC)
