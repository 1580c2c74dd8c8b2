"""What is published are the versions of the moment, on real tables; nothing is announced without a row."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from airflow.sdk.exceptions import AirflowFailException

from lakeloop.config import Target, UseCase
from lakeloop.config.use_case.use_case import Role
from lakeloop.lifecycle import published
from lakeloop_airflow import assets
from lakeloop_airflow.operators.publish import PublishFeaturesOperator

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="module")
def spark(stack: dict[str, str]) -> "SparkSession":
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(stack["SPARK_REMOTE"]).getOrCreate()


@pytest.fixture
def own(spark: "SparkSession", use_case: UseCase) -> Iterator[UseCase]:
    """Churn under a name of its own, with gold tables: features of two weeks, labels of the first."""
    own = use_case.model_copy(update={"name": f"publish_{uuid4().hex[:8]}"})
    spark.sql(f"CREATE SCHEMA {own.schema('gold')}")
    keys = "household_id BIGINT, as_of DATE"
    for role, more in (
        ("features", "spend DOUBLE"),
        ("labels", "churned INT"),
        ("training_set", "churned INT"),
    ):
        spark.sql(f"CREATE TABLE {own.gold(role)} ({keys}, {more}) USING DELTA")  # type: ignore[arg-type]
    spark.sql(f"INSERT INTO {own.gold('labels')} VALUES (1, DATE'2017-02-25', 0)")
    yield own
    for layer in ("gold", "ml"):
        spark.sql(f"DROP SCHEMA IF EXISTS {own.schema(layer)} CASCADE")


def fill(spark: "SparkSession", use_case: UseCase) -> None:
    rows = "(1, DATE'2017-02-25', 5), (1, DATE'2017-03-04', 5), (2, DATE'2017-03-04', 0)"
    spark.sql(f"INSERT INTO {use_case.gold('features')} VALUES {rows}")


class Task:
    """The operator in a DAG run, and what it announced."""

    def __init__(self, use_case: UseCase, target: Target) -> None:
        self.asset = assets.features(use_case)
        self.operator = PublishFeaturesOperator(
            task_id="publish", use_case=use_case, target=target, announces=self.asset
        )
        self.event = SimpleNamespace(extra=None)

    def execute(self, run_id: str) -> dict[Role, int]:
        return self.operator.execute(
            {"dag_run": SimpleNamespace(run_id=run_id), "outlet_events": {self.asset: self.event}}
        )


@pytest.fixture
def task(own: UseCase, target: Target, stack: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", stack["AIRFLOW_CONN_DATABRICKS_DEFAULT"])
    return Task(own, target)


def test_it_writes_down_the_versions_and_announces_them(
    spark: "SparkSession", own: UseCase, task: Task
) -> None:
    assert published.newest(spark, own) is None
    fill(spark, own)
    versions = task.execute("it's 1")
    row = published.newest(spark, own)
    assert row is not None
    assert versions == {"features": 1, "labels": 1, "training_set": 0}
    assert (row.features_version, row.labels_version, row.training_set_version) == (1, 1, 0)
    assert (row.newest_as_of, row.newest_labelled_as_of, row.entities) == ("2017-03-04", "2017-02-25", 2)
    assert row.run == "it's 1"
    assert row.data_versions(own) == {own.gold(role): version for role, version in versions.items()}
    assert task.event.extra == {"versions": versions, "newest_as_of": "2017-03-04", "entities": 2}
    json.dumps(task.event.extra)  # as the event is kept


def test_what_is_written_later_is_not_published(spark: "SparkSession", own: UseCase, task: Task) -> None:
    fill(spark, own)
    task.execute("run 1")
    spark.sql(f"INSERT INTO {own.gold('features')} VALUES (9, DATE'2017-03-11', -1)")  # fails its tests, say
    row = published.newest(spark, own)
    assert row is not None
    assert row.newest_as_of == "2017-03-04"
    read = spark.sql(f"SELECT count(*) FROM {own.gold('features')} VERSION AS OF {row.features_version}")
    assert read.collect()[0][0] == 3
    task.execute("run 2")
    assert [p.newest_as_of for p in published.publications(spark, own)] == ["2017-03-04", "2017-03-11"]


def test_features_without_a_row_are_not_published(spark: "SparkSession", own: UseCase, task: Task) -> None:
    with pytest.raises(AirflowFailException, match="has no row: no completed period has an active household"):
        task.execute("run 1")
    assert published.newest(spark, own) is None
    assert task.event.extra is None


def test_a_missing_table_is_named(spark: "SparkSession", own: UseCase, task: Task) -> None:
    fill(spark, own)
    spark.sql(f"DROP TABLE {own.gold('labels')}")
    with pytest.raises(Exception, match="labels"):
        task.execute("run 1")
    assert published.newest(spark, own) is None


def test_hours_are_published_as_moments(use_case: UseCase) -> None:
    hourly = use_case.model_copy(update={"period": use_case.period.model_copy(update={"unit": "hour"})})
    text = published.publish_sql(hourly, {"features": 1, "labels": 2, "training_set": 3}, "run")
    assert text.count("date_format(") == 2
