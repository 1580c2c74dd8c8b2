"""A use case of a test's own on the stack: its schemas, its model, its prefix in the bucket."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from mlflow.models import infer_signature

from lakeloop.config import Target, UseCase, load_target, load_use_case

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Logged = Callable[..., str]
FEATURES = ["days_since_purchase", "baskets"]


@pytest.fixture
def environment(stack: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The stack's addresses in this process, as a task finds them."""
    for name, value in stack.items():
        if name.startswith(("AWS_", "MLFLOW_", "SPARK_")):
            monkeypatch.setenv(name, value)
    # boto3's default session keeps the keys that an earlier test had.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("LAKELOOP_TARGET", "local")
    mlflow.set_tracking_uri(stack["MLFLOW_TRACKING_URI"])
    return stack


@pytest.fixture
def target() -> Target:
    return load_target("local")


@pytest.fixture
def spark(environment: dict[str, str]) -> "SparkSession":
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(environment["SPARK_REMOTE"]).getOrCreate()


@pytest.fixture
def use_case(spark: "SparkSession", s3: Any, target: Target) -> Iterator[UseCase]:
    """``churn`` under a name of its own; what it left behind goes."""
    churn = load_use_case("churn")
    name = f"jobs_{uuid4().hex[:8]}"
    mine = churn.model_copy(update={"name": name})
    yield mine
    for layer in ("gold", "ml"):
        spark.sql(f"DROP SCHEMA IF EXISTS {name}_{layer} CASCADE")
    for key in keys(s3, target, mine):
        s3.delete_object(Bucket=target.bucket, Key=key)


def registered(use_case: UseCase) -> str:
    """The name of the use case's registered model."""
    return load_target("local").model_name(use_case)


def keys(s3: Any, target: Target, use_case: UseCase) -> list[str]:
    """The keys below the scores of the use case."""
    listed = s3.list_objects_v2(Bucket=target.bucket, Prefix=f"scores/{use_case.name}/")
    return [item["Key"] for item in listed.get("Contents", [])]


@pytest.fixture
def s3(environment: dict[str, str]) -> Any:
    return boto3.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL"])


@pytest.fixture
def client(environment: dict[str, str]) -> mlflow.MlflowClient:
    return mlflow.MlflowClient()


@pytest.fixture
def logged(client: mlflow.MlflowClient, use_case: UseCase) -> Logged:
    """Logs a small real model under a run with the given tags; returns the run's id."""

    def inner(**tags: str) -> str:
        x = pd.DataFrame(np.random.default_rng(1).normal(size=(200, 2)), columns=FEATURES)
        y = (x["days_since_purchase"] > 0).astype(int)
        booster = xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(x, label=y), num_boost_round=5)
        mlflow.set_experiment("/Shared/tests")
        with mlflow.start_run(tags=tags) as run:
            mlflow.log_metric("holdout_auc", 0.86)
            mlflow.xgboost.log_model(
                booster,
                name="model",
                signature=infer_signature(x, booster.inplace_predict(x)),
                pip_requirements=["mlflow"],
                model_format="json",
            )
        return run.info.run_id

    return inner


@pytest.fixture
def known(use_case: UseCase, monkeypatch: pytest.MonkeyPatch) -> UseCase:
    """The use case, findable by its name as if it had a YAML file."""
    import lakeloop_jobs.promote
    import lakeloop_jobs.register
    import lakeloop_jobs.rollback
    import lakeloop_jobs.score
    import lakeloop_jobs.vacuum

    def load(name: str) -> UseCase:
        assert name == use_case.name
        return use_case

    for module in (
        lakeloop_jobs.promote,
        lakeloop_jobs.register,
        lakeloop_jobs.rollback,
        lakeloop_jobs.score,
        lakeloop_jobs.vacuum,
    ):
        monkeypatch.setattr(module, "load_use_case", load)
    return use_case
