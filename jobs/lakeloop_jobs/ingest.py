"""Files that arrived in S3 become bronze and silver tables: Auto Loader, then one clean row per key.

Bronze keeps every row as it arrived, with its file and, in `_rescued_data`, what did not fit its column. Silver holds
each key once. A row that lacks a key or has a value that is none of its column's stays in bronze, and is counted.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lakeloop.config import Target, UseCase, load_target, load_use_case
from lakeloop.lifecycle.session import spark_session
from lakeloop_jobs.ingestion import silver
from lakeloop_jobs.ingestion.bronze import (
    FILE_PATH,
    INGESTED_AT,
    Arrived,
    after,
    count,
    literal,
    newest,
    require_columns,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

STREAMS_AT_ONCE = 8  # a stream waits for Python's starts and for commits more than it computes


@dataclass(frozen=True)
class Ingested:
    """What one source brought, and how many rows that gave silver."""

    source: str
    arrived: Arrived
    added: int

    def __str__(self) -> str:
        came = self.arrived
        return (
            f"{self.source}: {came.files:,} files, {came.rows:,} rows arrived, {came.rescued:,} with rescued data; "
            f"silver: {self.added:,} added, {came.usable - self.added:,} duplicates, "
            f"{came.damaged:,} damaged (kept in bronze)"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Read every file that has not been read; print what each source brought."""
    options = _parser().parse_args(arguments)
    use_case, target = load_use_case(options.use_case), load_target(options.target)
    spark = spark_session(target.catalog)
    for layer in ("bronze", "silver"):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {use_case.schema(layer)}")
    with ThreadPoolExecutor(STREAMS_AT_ONCE) as pool:
        for ingested in pool.map(lambda name: ingest(spark, use_case, target, name), use_case.sources):
            print(ingested, flush=True)


def ingest(spark: "SparkSession", use_case: UseCase, target: Target, name: str) -> Ingested:
    """Bring one source up to date. A crash at any point is made good by the next run."""
    before = newest(spark, use_case.table("bronze", name))
    load_bronze(spark, use_case, target, name, before)
    arrived, added = refine(spark, use_case, name, before)
    return Ingested(name, arrived, added)


def load_bronze(
    spark: "SparkSession", use_case: UseCase, target: Target, name: str, before: datetime | None
) -> None:
    """Every file that arrived, once, as it arrived; `before` is when bronze's newest row was ingested."""
    source, checkpoint = use_case.sources[name], target.checkpoint_uri(use_case, name)

    # Configure Auto Loader to ingest data from S3
    df = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", source.format)
        .option("cloudFiles.schemaLocation", f"{checkpoint}/schema")
        .option("cloudFiles.schemaHints", source.ddl)
        .option("cloudFiles.schemaEvolutionMode", "rescue")
        .option("header", "true")
        .option("fileMetadata", "true")  # for pyspark_cloudfiles; on Databricks `_metadata` is always there
        .load(f"{target.landing_uri(use_case)}/{name}")
    )

    # Write it to Delta Lake
    query = (
        df.selectExpr("*", f"_metadata.file_path AS {FILE_PATH}", f"{_now(before)} AS {INGESTED_AT}")
        .drop("_metadata")
        .writeStream.format("delta")
        .outputMode("append")
        .option("checkpointLocation", f"{checkpoint}/bronze")
        .trigger(availableNow=True)
        .toTable(use_case.table("bronze", name))
    )
    query.awaitTermination()


def refine(
    spark: "SparkSession", use_case: UseCase, name: str, before: datetime | None
) -> tuple[Arrived, int]:
    """Add the keys that silver lacks, from bronze rows newer than silver's newest; returns how many.

    Raises MissingColumnError when silver is empty and a declared column is in no row that arrived.
    """
    source, bronze = use_case.sources[name], use_case.table("bronze", name)
    known = newest(spark, use_case.table("silver", name))
    silver.create(spark, use_case, name)
    rows = after(spark, bronze, known)
    arrived = count(rows, source, before)
    if known is None:
        require_columns(arrived, bronze)
    return arrived, silver.merge(spark, use_case, name, rows) if arrived.usable else 0


def _now(before: datetime | None) -> str:
    """SQL for `_ingested_at`: it never goes back, even where the clock of this compute is behind the last one's."""
    if before is None:
        return "current_timestamp()"
    return f"greatest(current_timestamp(), {literal(before + timedelta(microseconds=1))})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ingest", description=__doc__)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--target", required=True)
    return parser


if __name__ == "__main__":
    main()
