"""The branch is decided by the registry and by the publication that the SQL warehouse sees."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from mlflow.tracking import MlflowClient

from lakeloop.config import Target, UseCase
from lakeloop_airflow.operators.retrain import RetrainBranchOperator

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BRANCHES = {"first": "first_model", "due": "retrain_due", "not_due": "not_due"}


@pytest.fixture(scope="module")
def spark(stack: dict[str, str]) -> "SparkSession":
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(stack["SPARK_REMOTE"]).getOrCreate()


@pytest.fixture(scope="module")
def published(spark: "SparkSession") -> Iterator[str]:
    """A table of publications; tests fill it."""
    schema = f"retrain_{uuid4().hex[:8]}"
    spark.sql(f"CREATE SCHEMA {schema}")
    spark.sql(
        f"CREATE TABLE {schema}.published (published_at TIMESTAMP, newest_labelled_as_of STRING) USING DELTA"
    )
    yield f"{schema}.published"
    spark.sql(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def operator(
    published: str,
    use_case: UseCase,
    target: Target,
    stack: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> RetrainBranchOperator:
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", stack["AIRFLOW_CONN_DATABRICKS_DEFAULT"])
    operator = RetrainBranchOperator(task_id="decide", use_case=use_case, target=target, branches=BRANCHES)
    operator.published_table = published
    return operator


@pytest.mark.parametrize(
    ("attempt", "labelled", "force", "branch", "reason"),
    [
        (None, "(nothing)", False, "not_due", "nothing to learn from"),
        (None, "NULL", False, "not_due", "nothing to learn from"),
        (None, "'2017-10-07'", False, "first_model", "no model was trained yet"),
        ("2017-10-07", "'2017-10-28'", False, "not_due", "3 newly labelled weeks"),
        ("2017-10-07", "'2017-11-04'", False, "retrain_due", "4 newly labelled weeks"),
        ("2017-10-07", "'2017-10-07'", True, "retrain_due", "forced by hand"),
    ],
)
def test_the_branch_follows_from_publication_and_last_training(
    operator: RetrainBranchOperator,
    published: str,
    spark: "SparkSession",
    client: MlflowClient,
    version: Any,
    attempt: str | None,
    labelled: str,
    force: bool,
    branch: str,
    reason: str,
) -> None:
    old = "SELECT TIMESTAMP'2017-01-01 00:00:00', '2017-06-03'"
    new = f"{old} UNION ALL SELECT TIMESTAMP'2017-01-02 00:00:00', {labelled}"
    spark.sql(f"INSERT OVERWRITE {published} {old + ' WHERE false' if labelled == '(nothing)' else new}")
    if attempt:
        client.set_registered_model_alias("churn", "champion", version(labelled_through=attempt))

    pushed: dict[str, str] = {}
    ti = SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value}))
    assert operator.choose_branch({"ti": ti, "params": {"force": force}}) == branch
    assert reason in pushed["reason"]


def test_a_refused_attempt_on_the_same_data_is_not_repeated(
    operator: RetrainBranchOperator, published: str, spark: "SparkSession", client: MlflowClient, version: Any
) -> None:
    spark.sql(f"INSERT OVERWRITE {published} SELECT TIMESTAMP'2017-01-01 00:00:00', '2017-11-04'")
    client.set_registered_model_alias("churn", "champion", version(labelled_through="2017-08-05"))
    version(labelled_through="2017-11-04", validation_status="refused")

    ti = SimpleNamespace(xcom_push=lambda key, value: None)
    assert operator.choose_branch({"ti": ti, "params": {"force": False}}) == "not_due"


def test_a_missing_publication_table_is_named(operator: RetrainBranchOperator, client: MlflowClient) -> None:
    operator.published_table += "_gone"

    with pytest.raises(Exception, match=operator.published_table.partition(".")[2]):
        operator.choose_branch({"params": {}})


def test_the_warehouse_is_asked_in_the_targets_catalog(use_case: UseCase) -> None:
    from lakeloop.config import load_target

    prod = load_target("prod")
    operator = RetrainBranchOperator(task_id="decide", use_case=use_case, target=prod, branches=BRANCHES)

    assert (operator.catalog, operator.http_path) == ("prod", "/sql/1.0/warehouses/prod")
    assert operator.published_table == "churn_ml.published_features"
