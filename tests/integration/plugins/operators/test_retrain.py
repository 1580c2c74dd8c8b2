"""The branch is decided by the registry and by the labels that the SQL warehouse sees."""

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
def labels(spark: "SparkSession") -> Iterator[str]:
    """A table of labels; tests fill it."""
    schema = f"retrain_{uuid4().hex[:8]}"
    spark.sql(f"CREATE SCHEMA {schema}")
    spark.sql(f"CREATE TABLE {schema}.labels (household_id BIGINT, week INT) USING DELTA")
    yield f"{schema}.labels"
    spark.sql(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def operator(
    labels: str, use_case: UseCase, target: Target, stack: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> RetrainBranchOperator:
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", stack["AIRFLOW_CONN_DATABRICKS_DEFAULT"])
    operator = RetrainBranchOperator(task_id="decide", use_case=use_case, target=target, branches=BRANCHES)
    operator.labels_table = labels
    return operator


@pytest.mark.parametrize(
    ("champion", "newest", "branch"),
    [(None, None, "not_due"), (None, 40, "first_model"), ("40", 43, "not_due"), ("40", 44, "retrain_due")],
)
def test_the_branch_follows_from_labels_and_champion(
    operator: RetrainBranchOperator,
    labels: str,
    spark: "SparkSession",
    client: MlflowClient,
    version: Any,
    champion: str | None,
    newest: int | None,
    branch: str,
) -> None:
    rows = "SELECT 1L, 1 WHERE false" if newest is None else f"SELECT 1L, 7 UNION ALL SELECT 2L, {newest}"
    spark.sql(f"INSERT OVERWRITE {labels} {rows}")
    if champion:
        client.set_registered_model_alias("churn", "champion", version(labelled_through_week=champion))

    pushed: dict[str, str] = {}
    ti = SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value}))
    assert operator.choose_branch({"ti": ti}) == branch
    assert ("no row" if newest is None else f"week {newest}") in pushed["reason"]


def test_a_missing_labels_table_is_named(operator: RetrainBranchOperator, client: MlflowClient) -> None:
    operator.labels_table += "_gone"

    with pytest.raises(Exception, match=operator.labels_table.partition(".")[2]):
        operator.choose_branch({})


def test_the_warehouse_is_asked_in_the_targets_catalog(use_case: UseCase) -> None:
    from lakeloop.config import load_target

    prod = load_target("prod")
    operator = RetrainBranchOperator(task_id="decide", use_case=use_case, target=prod, branches=BRANCHES)

    assert (operator.catalog, operator.http_path) == ("prod", "/sql/1.0/warehouses/prod")
    assert operator.labels_table == "churn_gold.household_week_labels"
