"""Clean rows, one per key."""

from typing import TYPE_CHECKING

from lakeloop.config import UseCase
from lakeloop.config.use_case import Source

from .bronze import FILE_PATH, INGESTED_AT, damaged

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession


def create(spark: "SparkSession", use_case: UseCase, name: str) -> None:
    """Make the silver table of a source unless it is there: its columns in order, `week`, and when it came."""
    source = use_case.sources[name]
    week = ", week INT" if source.event_time else ""
    table = use_case.table("silver", name)
    spark.sql(f"CREATE TABLE IF NOT EXISTS {table} ({source.ddl}{week}, {INGESTED_AT} TIMESTAMP) USING DELTA")


def merge(spark: "SparkSession", use_case: UseCase, name: str, arrived: "DataFrame") -> int:
    """Add the keys that silver lacks, in one commit; returns how many. Doing it again adds nothing."""
    keys = use_case.sources[name].keys
    view = f"_cleaned_{name}"
    cleaned(arrived, use_case, use_case.sources[name]).createOrReplaceTempView(view)
    match = " AND ".join(f"t.{key} = s.{key}" for key in keys)
    merged = spark.sql(
        f"MERGE INTO {use_case.table('silver', name)} t USING {view} s ON {match} WHEN NOT MATCHED THEN INSERT *"
    )
    return int(merged.collect()[0]["num_inserted_rows"])


def cleaned(arrived: "DataFrame", use_case: UseCase, source: Source) -> "DataFrame":
    """The undamaged rows, the first of each key, typed, with `week` where the time is known."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    # dropDuplicates(keys), but always the same row: a second run must find what the first one found.
    first = Window.partitionBy(*source.keys).orderBy(INGESTED_AT, FILE_PATH)
    columns = [F.col(name).cast(kind).alias(name) for name, kind in source.columns.items()]
    return (
        arrived.where(f"NOT ({damaged(source)})")
        .withColumn("_place", F.row_number().over(first))
        .where("_place = 1")
        .select(*columns, *_week(use_case, source), INGESTED_AT)
    )


def _week(use_case: UseCase, source: Source) -> list["Column"]:
    from pyspark.sql import functions as F  # noqa: N812

    if source.event_time is None:
        return []
    days = f"datediff(CAST({source.event_time} AS DATE), DATE'{use_case.question.first_day}')"
    return [F.expr(f"CAST(floor({days} / 7) AS INT)").alias("week")]
