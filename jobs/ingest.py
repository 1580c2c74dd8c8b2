"""Files that arrived in S3 become bronze and silver tables: Auto Loader, then one clean row per key.

Bronze keeps every row as it arrived, with what did not fit its column in `_rescued_data`. Silver holds each key once,
from the cleanest of its rows. A row without a key stays in bronze, where it is counted: nothing is dropped.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from include.config import Target, UseCase, load_target, load_use_case
from include.config.use_case import Source
from include.lifecycle.session import spark_session

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

RESCUED = "_rescued_data"
INGESTED_AT = "_ingested_at"
STREAMS_AT_ONCE = 3


@dataclass(frozen=True)
class Counts:
    """What one source brought: rows that arrived, those of them with something rescued or no key, and new in silver."""

    source: str
    arrived: int
    rescued: int
    without_key: int
    added: int

    def __str__(self) -> str:
        return (
            f"{self.source}: {self.arrived:,} rows arrived, {self.added:,} new in silver, {self.rescued:,} with "
            f"rescued data, {self.without_key:,} without a key (kept in bronze)"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Read every file that has not been read; print what each source brought."""
    options = _parser().parse_args(arguments)
    use_case, target = load_use_case(options.use_case), load_target(options.target)
    spark = spark_session(target.catalog)
    for layer in ("bronze", "silver"):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {use_case.schema(layer)}")
    with ThreadPoolExecutor(STREAMS_AT_ONCE) as pool:
        for counts in pool.map(lambda name: ingest(spark, use_case, target, name), use_case.sources):
            print(counts, flush=True)


def ingest(spark: "SparkSession", use_case: UseCase, target: Target, name: str) -> Counts:
    """Bring one source up to date. A crash at any point is made good by the next run."""
    bronze, silver = use_case.table("bronze", name), use_case.table("silver", name)
    before = newest(spark, bronze)
    load_bronze(spark, use_case, target, name)
    added = refine(spark, use_case, name, bronze, silver)
    return count(name, use_case.sources[name], after(spark, bronze, before), added)


def newest(spark: "SparkSession", table: str) -> datetime | None:
    """When the newest row of a table was ingested; None for an empty table or none."""
    if not spark.catalog.tableExists(table):
        return None
    return spark.sql(f"SELECT max({INGESTED_AT}) AS newest FROM {table}").collect()[0]["newest"]


def after(spark: "SparkSession", table: str, moment: datetime | None) -> "DataFrame":
    """The rows of a table that were ingested after `moment`; all of them for None."""
    frame = spark.table(table)
    return frame if moment is None else frame.where(frame[INGESTED_AT] > moment)


def load_bronze(spark: "SparkSession", use_case: UseCase, target: Target, name: str) -> None:
    """Every file that arrived, once, as it arrived."""
    source, checkpoint = use_case.sources[name], target.checkpoint_uri(use_case, name)

    # Configure Auto Loader to ingest data from S3
    df = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", source.format)
        .option("cloudFiles.schemaLocation", f"{checkpoint}/schema")
        .option("cloudFiles.schemaHints", source.ddl)
        .option("cloudFiles.schemaEvolutionMode", "rescue")
        .option("header", "true")
        .load(f"{target.landing_uri(use_case)}/{name}")
    )

    # Write it to Delta Lake
    query = (
        df.selectExpr(*source.columns, RESCUED, f"current_timestamp() AS {INGESTED_AT}")
        .writeStream.format("delta")
        .outputMode("append")
        .option("checkpointLocation", f"{checkpoint}/bronze")
        .trigger(availableNow=True)
        .toTable(use_case.table("bronze", name))
    )
    query.awaitTermination()


def refine(spark: "SparkSession", use_case: UseCase, name: str, bronze: str, silver: str) -> int:
    """Add the keys that silver lacks, from bronze rows newer than silver's newest; returns how many."""
    source = use_case.sources[name]
    _create(spark, use_case, source, silver)
    arrived = after(spark, bronze, newest(spark, silver))
    if arrived.isEmpty():
        return 0
    cleaned(arrived, use_case, source).createOrReplaceTempView(f"cleaned_{name}")
    match = " AND ".join(f"t.{key} = s.{key}" for key in source.keys)
    merged = spark.sql(
        f"MERGE INTO {silver} t USING cleaned_{name} s ON {match} WHEN NOT MATCHED THEN INSERT *"
    )
    return int(merged.collect()[0]["num_inserted_rows"])


def cleaned(arrived: "DataFrame", use_case: UseCase, source: Source) -> "DataFrame":
    """One row per key, the one with nothing rescued where there is one; typed, with `week` where time is known."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    clean_first = Window.partitionBy(*source.keys).orderBy(F.col(RESCUED).isNotNull(), INGESTED_AT)
    columns = [F.col(name).cast(kind).alias(name) for name, kind in source.columns.items()]
    return (
        arrived.dropna(subset=list(source.keys))
        .withColumn("_place", F.row_number().over(clean_first))
        .where("_place = 1")
        .select(*columns, *_week(use_case, source), INGESTED_AT)
    )


def count(name: str, source: Source, arrived: "DataFrame", added: int) -> Counts:
    """What the rows that `arrived` were like."""
    from pyspark.sql import functions as F  # noqa: N812

    no_key = " OR ".join(f"{key} IS NULL" for key in source.keys)
    row = arrived.agg(
        F.count("*").alias("arrived"),
        F.count(RESCUED).alias("rescued"),
        F.count_if(F.expr(no_key)).alias("without_key"),
    ).collect()[0]
    return Counts(name, row["arrived"], row["rescued"], row["without_key"], added)


def _week(use_case: UseCase, source: Source) -> list["Column"]:
    from pyspark.sql import functions as F  # noqa: N812

    if source.event_time is None:
        return []
    first_day = use_case.question.first_day
    days = f"datediff(CAST({source.event_time} AS DATE), DATE'{first_day}')"
    return [F.expr(f"CAST(floor({days} / 7) AS INT)").alias("week")]


def _create(spark: "SparkSession", use_case: UseCase, source: Source, table: str) -> None:
    week = ", week INT" if source.event_time else ""
    spark.sql(f"CREATE TABLE IF NOT EXISTS {table} ({source.ddl}{week}, {INGESTED_AT} TIMESTAMP) USING DELTA")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ingest", description=__doc__)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--target", default=None)
    return parser


if __name__ == "__main__":
    main()
