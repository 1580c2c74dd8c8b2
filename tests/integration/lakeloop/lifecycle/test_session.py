"""Where a job stands on a real Spark: catalog, time zone, table versions."""

from typing import TYPE_CHECKING

import pytest

from lakeloop.lifecycle import session
from lakeloop.lifecycle.features import MissingTableError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_a_table_is_read_as_it_was(spark: "SparkSession", schema: str) -> None:
    table = f"{schema}.versions"
    spark.sql(f"CREATE TABLE {table} USING DELTA AS SELECT 1 AS x")
    spark.sql(f"INSERT INTO {table} VALUES (2)")

    assert session.table_versions(spark, [table]) == {table: 1}
    assert [row["x"] for row in session.read_version(spark, table, 0).collect()] == [1]


def test_a_missing_table_is_named_with_its_catalog(spark: "SparkSession", schema: str) -> None:
    with pytest.raises(MissingTableError, match=rf"table {schema}\.nothing does not exist in catalog dev"):
        session.table_version(spark, f"{schema}.nothing")


def test_a_session_stands_in_the_targets_catalog_in_utc(
    stack: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", stack["SPARK_REMOTE"])

    spark = session.spark_session("staging")

    try:
        assert spark.catalog.currentCatalog() == "staging"
        assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    finally:
        spark.catalog.setCurrentCatalog("dev")  # this process has one session, and other tests go on with it
