"""Real Delta: what is needed outlives a VACUUM, and what is not there any more is named."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lakeloop.lifecycle import retention
from lakeloop.lifecycle.session import read_version
from lakeloop.lifecycle.time_travel import VersionGoneError, needing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

VERSIONS = 8


@pytest.fixture
def table(spark: "SparkSession", schema: str) -> str:
    """Versions with rows of their own, made anew as dbt makes a gold table."""
    name = f"{schema}.training_set"
    spark.sql(f"DROP TABLE IF EXISTS {name}")
    for version in range(VERSIONS):
        spark.sql(f"CREATE OR REPLACE TABLE {name} USING DELTA AS SELECT id + {version} AS x FROM range(10)")
    return name


def read(spark: "SparkSession", table: str, version: int) -> list[int]:
    with needing(table, version, "which a test reads"):
        return sorted(row["x"] for row in read_version(spark, table, version).collect())


def test_a_needed_version_stays_readable_and_an_older_one_goes(spark: "SparkSession", table: str) -> None:
    commits, needed = retention.commits(spark, table), VERSIONS - 2
    # Nothing has to grow old here: longer than the cleaning takes, shorter than it took to write all versions.
    margin = (commits[VERSIONS - 1] - commits[1]) * 0.7
    found = retention.limit(table, {needed: ("model version 1",)}, commits, datetime.now(UTC), margin)

    retention.vacuum(spark, found)

    assert read(spark, table, needed) == list(range(needed, needed + 10))
    assert read(spark, table, VERSIONS - 1) == list(range(VERSIONS - 1, VERSIONS + 9))
    with pytest.raises(
        VersionGoneError, match=rf"version 0 of {table}, which a test reads, is gone from Delta"
    ):
        read(spark, table, 0)


def test_afterwards_a_plain_vacuum_removes_nothing(spark: "SparkSession", table: str) -> None:
    needed = {VERSIONS - 1: ("the publication of today",)}
    found = retention.limit(table, needed, retention.commits(spark, table), datetime.now(UTC))
    retention.vacuum(spark, found)

    properties = {row["key"]: row["value"] for row in spark.sql(f"SHOW TBLPROPERTIES {table}").collect()}
    assert properties[retention.FILES] == properties[retention.LOG] == retention.KEEP_ALL
    spark.sql(f"VACUUM {table}")
    assert [read(spark, table, version)[0] for version in range(VERSIONS)] == list(range(VERSIONS))


def test_a_version_that_was_never_there_is_named(spark: "SparkSession", table: str) -> None:
    with pytest.raises(VersionGoneError, match=rf"version 99 of {table}"):
        read(spark, table, 99)
    assert retention.limit(table, {99: ("x",)}, retention.commits(spark, table), datetime.now(UTC)).gone == (
        99,
    )
    assert timedelta(days=7) == retention.MARGIN
