"""The published rows that a night is scored from."""

from typing import TYPE_CHECKING

from lakeloop.config import UseCase
from lakeloop.lifecycle.night import Night, NightRefusedError
from lakeloop.lifecycle.session import read_version
from lakeloop.lifecycle.time_travel import VersionGoneError, needing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def read_published(spark: "SparkSession", table: str, at: int) -> "DataFrame":
    """`table` at version `at`. Raises NightRefusedError when Delta has that version no more."""
    try:
        with needing(table, at, "which a night is scored from"):
            frame = read_version(spark, table, at)
            frame.schema  # noqa: B018  # a session that is lazy looks for the version only now
            return frame
    except VersionGoneError as error:
        raise NightRefusedError(
            f"version {at} of {table} is gone: its history was cleaned up, or the table was made anew. "
            "Run the transform to publish the present features, and score today's night."
        ) from error


def require_rows(use_case: UseCase, tonight: Night, rows: int) -> None:
    """Raises NightRefusedError when there are fewer rows to score than `score.min_rows`."""
    if rows < use_case.score.min_rows:
        raise NightRefusedError(
            f"version {tonight.publication.features_version} of {use_case.gold('features')} has {rows} rows as of "
            f"{use_case.period.as_of(tonight.period)}; score.min_rows is {use_case.score.min_rows}"
        )
