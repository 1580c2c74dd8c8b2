"""Every message of a topic, once, as it arrived: Structured Streaming from Kafka into a bronze table.

A message becomes what Auto Loader would make of a line of a JSON file: the declared columns, and in `_rescued_data`
what did not fit its column, what nobody declared, and the whole of what cannot be read.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from lakeloop.config import EventSource, Target
from lakeloop.config.source import EventTable
from lakeloop.lifecycle.kafka import connection

from .bronze import ARRIVED_AT, FILE_PATH, INGESTED_AT, RESCUED, now

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OFFSET = "_offset"
TEXT, FIELDS = "CAST(value AS STRING)", "_fields"


def load(
    spark: "SparkSession", source: EventSource, target: Target, name: str, before: datetime | None
) -> int:
    """Append every message that has not been read yet; returns how many that were.

    Args:
        before: when the newest row of the table was ingested.
    """
    table = source.tables[name]
    read = (
        spark.readStream.format("kafka")
        .options(**connection(target).spark)
        .option("subscribe", source.topic(name))
        .option("startingOffsets", "earliest")
        .option("failOnDataLoss", "true")  # what Kafka deleted before it was read is told, not skipped
        .load()
    )
    rows = read.selectExpr("*", f"from_json({TEXT}, 'map<string,string>') AS {FIELDS}").selectExpr(
        *columns(table),
        f"{rescued(table)} AS {RESCUED}",
        f"concat('kafka://', topic, '/', partition) AS {FILE_PATH}",
        f"offset AS {OFFSET}",
        f"timestamp AS {ARRIVED_AT}",
        f"{now(before)} AS {INGESTED_AT}",
    )
    query = (
        rows.writeStream.format("delta")
        .outputMode("append")
        .option("checkpointLocation", f"{target.checkpoint_uri(source, name)}/bronze")
        .trigger(availableNow=True)
        .toTable(source.table("bronze", name))
    )
    query.awaitTermination()
    return sum(progress.numInputRows for progress in query.recentProgress)


def columns(table: EventTable) -> list[str]:
    """SQL for each declared column; null where the message has no such value, or one that does not fit."""
    return [f"{_cast(name, column.type)} AS {name}" for name, column in table.columns.items()]


def rescued(table: EventTable) -> str:
    """SQL: as JSON, the fields that no column took; the whole of a message that is no JSON object; else null."""
    cases = " ".join(
        f"WHEN '{name}' THEN try_cast(v AS {column.type}) IS NULL" for name, column in table.columns.items()
    )
    left = f"map_filter({FIELDS}, (k, v) -> v IS NOT NULL AND CASE k {cases} ELSE true END)"
    unreadable = f"to_json(map('_corrupt_record', coalesce({TEXT}, '')))"
    return f"CASE WHEN {FIELDS} IS NULL THEN {unreadable} WHEN size({left}) > 0 THEN to_json({left}) END"


def _cast(name: str, sql_type: str) -> str:
    return f"try_cast({FIELDS}['{name}'] AS {sql_type})"
