"""Files in S3 and events in Kafka become bronze and silver tables: as they arrived, then the winner of each key.

Bronze keeps every row as it arrived, with its file or partition and, in `_rescued_data`, what did not fit its column.
Silver holds each key once; what a correction replaced is in `<table>_superseded`, what was kept out, and why, in
`<table>_quarantine`.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakeloop.config import EventSource, FileSource, Source, Target, load_source, load_target
from lakeloop.lifecycle.session import spark_session
from lakeloop_jobs.ingestion import bronze, events, silver
from lakeloop_jobs.ingestion.shape import fitting
from lakeloop_jobs.ingestion.silver import Counts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

STREAMS_AT_ONCE = 8  # a stream waits for Python's starts and for commits more than it computes


@dataclass(frozen=True)
class Ingested:
    """What one table's files or topic brought; `waiting` says why there was nothing to read, before the first file."""

    table: str
    counts: Counts
    waiting: str | None = None
    parts: str = "files"

    def __str__(self) -> str:
        if self.waiting:
            return f"{self.table}: skipped, {self.waiting}"
        came = self.counts
        return (
            f"{self.table}: {came.files:,} {self.parts}, {came.rows:,} rows arrived, {came.rescued:,} with rescued "
            f"data; silver: {came.added:,} added, {came.corrected:,} corrected, {came.outdated:,} outdated, "
            f"{came.duplicates:,} duplicates; {came.quarantined:,} quarantined"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Read every file or message that has not been read; print what each table's files brought."""
    options = _parser().parse_args(arguments)
    source, target = load_source(options.source), load_target(options.target)
    spark = spark_session(target.catalog)
    present = prepare(spark, source)
    with ThreadPoolExecutor(STREAMS_AT_ONCE) as pool:
        for ingested in pool.map(lambda name: ingest(spark, source, target, name, present), source.tables):
            print(ingested, flush=True)


def prepare(spark: "SparkSession", source: Source) -> set[str]:
    """Make the schemas of the source; returns the tables that are in them, as ``schema.table``."""
    present = set()
    for layer in ("bronze", "silver"):
        schema = source.schema(layer)
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        present |= {f"{schema}.{row.tableName}" for row in spark.sql(f"SHOW TABLES IN {schema}").collect()}
    return present


def ingest(spark: "SparkSession", source: Source, target: Target, name: str, present: set[str]) -> Ingested:
    """Bring one table up to date. A crash at any point is made good by the next run.

    Args:
        present: the tables that exist, as `prepare` returns them.

    Raises ColumnsChangedError when they were made with other columns than are declared now.
    """
    present = fitting(spark, source, target, name, present)
    silver.create(spark, source, name, present)
    known = silver.progress(spark, source, name, present)
    try:
        rows = _load(spark, source, target, name, known)
    except bronze.NoFilesError as error:
        if known.bronze is not None:
            raise  # files were there once: the folder was moved or emptied
        return Ingested(name, Counts(), waiting=str(error))
    if not rows and not silver.behind(spark, source, name):
        return Ingested(name, Counts())
    parts = "partitions" if isinstance(source, EventSource) else "files"
    return Ingested(name, silver.refine(spark, source, name, known), parts=parts)


def _load(spark: "SparkSession", source: Source, target: Target, name: str, known: silver.Progress) -> int:
    """Bring what is new into bronze; returns how many rows that gave. Raises NoFilesError."""
    if isinstance(source, EventSource):
        return events.load(spark, source, target, name, known.bronze)
    assert isinstance(source, FileSource)
    return bronze.load(spark, source, target, name, known.bronze)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ingest", description=__doc__)
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    return parser


if __name__ == "__main__":
    main()
