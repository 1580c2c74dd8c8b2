"""A warning is shown and runs on, an error fails for good, a table without a limit may be of any age."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from airflow.sdk.exceptions import AirflowFailException

from lakeloop.config import Source, Target, load_source
from lakeloop_airflow.operators.freshness import FreshnessOperator

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture
def source() -> Source:
    return load_source("retail")


@pytest.fixture(scope="module")
def spark(stack: dict[str, str]) -> "SparkSession":
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(stack["SPARK_REMOTE"]).getOrCreate()


@pytest.mark.parametrize(
    ("age", "warned", "failed"), [(1, False, False), (200, True, False), (800, False, True)]
)
def test_the_age_is_that_of_the_newest_row(
    spark: "SparkSession", source: Source, target: Target, stack: dict[str, str],
    monkeypatch: pytest.MonkeyPatch, age: int, warned: bool, failed: bool,
) -> None:  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", stack["AIRFLOW_CONN_DATABRICKS_DEFAULT"])
    own = source.model_copy(update={"name": f"fresh_{uuid4().hex[:8]}"})
    spark.sql(f"CREATE SCHEMA {own.schema('silver')}")
    table = own.table("silver", "transactions")
    old = "current_timestamp() - INTERVAL 5000 HOURS"
    new = f"current_timestamp() - INTERVAL {age} HOURS"
    spark.sql(f"CREATE TABLE {table} USING DELTA AS SELECT {old} AS _ingested_at UNION ALL SELECT {new}")
    pushed: dict[str, Any] = {}
    context = {"ti": SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value}))}
    operator = FreshnessOperator(task_id="freshness", source=own, target=target)
    try:
        if failed:
            with pytest.raises(AirflowFailException, match="800 hours old, error_after is 744"):
                operator.execute(context)
        else:
            assert operator.execute(context)["transactions"] == pytest.approx(age, abs=0.1)
        assert bool(pushed["warnings"]) == warned
    finally:
        spark.sql(f"DROP SCHEMA {own.schema('silver')} CASCADE")
