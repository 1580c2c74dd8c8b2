"""Every file that arrived, once, as it arrived: Auto Loader into a bronze table."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lakeloop.config import FileSource, Target

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RESCUED = "_rescued_data"
FILE_PATH = "_file_path"
ARRIVED_AT = "_arrived_at"
INGESTED_AT = "_ingested_at"
# Auto Loader's conditions for a folder that holds no file, and for one that is not there at all.
NO_FILES = ("CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE", "CF_PATH_DOES_NOT_EXIST", "PATH_NOT_FOUND")


class NoFilesError(LookupError):
    """No file of a table has arrived yet."""


def load(
    spark: "SparkSession", source: FileSource, target: Target, name: str, before: datetime | None
) -> int:
    """Append every file that has not been read yet; returns how many rows that gave.

    Args:
        before: when the newest row of the table was ingested.

    Raises NoFilesError when the table has no file yet.
    """
    table, checkpoint = source.tables[name], target.checkpoint_uri(source, name)

    # Configure Auto Loader to ingest data from S3
    df = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", table.format)
        .option("cloudFiles.schemaLocation", f"{checkpoint}/schema")
        .option("cloudFiles.schemaHints", table.ddl)
        .option("cloudFiles.schemaEvolutionMode", "rescue")
        .option("fileMetadata", "true")  # for pyspark_cloudfiles; on Databricks `_metadata` is always there
        .options(**{key: str(value) for key, value in table.options.items()})
        .load(f"{target.landing_uri(source)}/{name}")
    )

    # Write it to Delta Lake
    try:
        query = (
            df.selectExpr(
                "*",
                f"_metadata.file_path AS {FILE_PATH}",
                f"{arrived_at(source)} AS {ARRIVED_AT}",
                f"{now(before)} AS {INGESTED_AT}",
            )
            .drop("_metadata")
            .writeStream.format("delta")
            .outputMode("append")
            .option("checkpointLocation", f"{checkpoint}/bronze")
            .trigger(availableNow=True)
            .toTable(source.table("bronze", name))
        )
        query.awaitTermination()
    except Exception as error:
        if any(condition in str(error) for condition in NO_FILES):
            raise NoFilesError(f"no file below {target.landing_uri(source)}/{name}") from error
        raise
    return sum(progress.numInputRows for progress in query.recentProgress)


def arrived_at(source: FileSource) -> str:
    """SQL over `_metadata`: when a row's file arrived; null where the file's path should say it and does not.

    A file of a day arrived at the end of that day in the source's time zone.
    """
    if source.arrival.by == "modified":
        return "_metadata.file_modification_time"
    pattern = f"/{source.arrival.segment}=([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})/"
    day = f"try_cast(regexp_extract(_metadata.file_path, '{pattern}', 1) AS DATE)"
    return f"to_utc_timestamp(CAST(date_add({day}, 1) AS TIMESTAMP), '{source.timezone}')"


def literal(moment: datetime) -> str:
    """A moment as SQL, to the microsecond, whatever the session's time zone."""
    return f"timestamp_micros({round(moment.timestamp() * 1_000_000)})"


def now(before: datetime | None) -> str:
    """SQL for `_ingested_at`: it never goes back, even where the clock of this compute is behind the last one's."""
    if before is None:
        return "current_timestamp()"
    return f"greatest(current_timestamp(), {literal(before + timedelta(microseconds=1))})"
