"""A small training on the stack is pinned, registered, brought back by DVC, and comes out the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import mlflow
import pytest

from lakeloop.config import LabelledUseCase, Target, load_target
from lakeloop.config.use_case.task import XGBoost
from lakeloop.lifecycle import registry, session
from lakeloop.lifecycle.evaluation.metrics import evaluate
from lakeloop.lifecycle.reproduction import pinning, rerun
from lakeloop.lifecycle.reproduction.remote import open_remote
from lakeloop.lifecycle.tracking import log_model
from lakeloop.lifecycle.training import data, models
from lakeloop.lifecycle.training.parts import known, training_rows
from lakeloop.lifecycle.training.splits import sliding_split
from lakeloop_stack.reproduction.comparison import compare, reproduced
from lakeloop_stack.reproduction.delta import delta_agrees
from lakeloop_stack.reproduction.reproduce import fetch
from lakeloop_stack.reproduction.version import PinnedVersion, read_version
from tests.include.lakeloop.lifecycle.reproduction.conftest import training_set
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FEATURES = ["idle_days", "spend", "member"]
MODEL = XGBoost(kind="xgboost", params={"subsample": 0.7, "n_estimators": 20})


class Museum:
    """As much of a source as a target asks of it."""

    name, landing = "museum", "landing/museum"


@pytest.fixture
def target() -> Target:
    """With a remote of the test's own below the bucket."""
    return load_target("local")


@pytest.fixture
def visits(
    stack: dict[str, str], spark: "SparkSession", monkeypatch: pytest.MonkeyPatch
) -> Iterator[LabelledUseCase]:
    """A use case whose gold tables are there, findable by its name; this process uses the stack."""
    for name, value in stack.items():
        if name.startswith(("AWS_", "MLFLOW_", "SPARK_")):
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(stack["MLFLOW_TRACKING_URI"])
    mine = use_case(BINARY, name=f"visits_{uuid4().hex[:8]}")
    monkeypatch.setattr(rerun, "load_labelled_use_case", lambda name: {mine.name: mine}[name])
    spark.sql(f"CREATE SCHEMA {mine.schema('gold')}")
    frame = training_set(mine).sample(frac=1, random_state=1)
    for role in ("features", "labels", "training_set"):
        spark.createDataFrame(frame).write.format("delta").saveAsTable(mine.gold(role))
    yield mine
    spark.sql(f"DROP SCHEMA {mine.schema('gold')} CASCADE")
    mlflow.set_tracking_uri(before)


@pytest.fixture
def registered(visits: LabelledUseCase, spark: "SparkSession", target: Target, s3: Any) -> PinnedVersion:
    """A version that was trained as the notebook trains."""
    s3.put_object(Bucket=target.bucket, Key="landing/museum/visits/a", Body=b"one")
    tables = [visits.gold(role) for role in ("features", "labels", "training_set")]  # type: ignore[arg-type]
    versions = session.table_versions(spark, tables)
    frame = data.read_training_set(spark, visits, versions, FEATURES)
    history = data.read_columns(
        spark, visits, visits.gold("labels"), versions[visits.gold("labels")], ["visitor", "as_of", "gone"]
    )
    split = sliding_split(frame["as_of"].unique(), visits.period, visits.split)
    remote = open_remote(target.dvc_uri)
    pinned = pinning.pin(remote, target, Museum(), visits, frame, history, FEATURES, split)  # type: ignore[arg-type]
    rows = training_rows(frame, split, FEATURES, visits.task)
    trained = models.train(MODEL, visits.task, *rows)
    x, y = known(split.holdout.rows(frame), FEATURES, visits.task)
    figures = evaluate("binary", y, models.predict(trained.final, visits.task, x)).metrics("holdout")
    early = models.predict(trained.judged, visits.task, rows.early_stopping[0])
    figures |= evaluate("binary", rows.early_stopping[1], early).metrics("early_stopping")
    tags = {"code_revision": COMMIT, "data_versions": json.dumps(versions), "validation_status": "passed"}
    mlflow.set_experiment("/Shared/tests")
    with mlflow.start_run(tags=tags | pinned.tags) as run:
        mlflow.log_metrics(figures)
        pinned.log("trees", MODEL, trained.params)
        log_model(trained.final, registry.MODEL, x.head(5))
    client, name = mlflow.MlflowClient(), target.model_name(visits)
    number = registry.register(client, name, run.info.run_id).version
    return read_version(client, name, str(number))


def test_it_comes_out_the_same(
    registered: PinnedVersion,
    visits: LabelledUseCase,
    target: Target,
    spark: "SparkSession",
    stack: dict[str, str],
    tmp_path: Path,
) -> None:
    fetch(registered, target, tmp_path, stack, raw=True)
    result = rerun.rerun(tmp_path)
    lines = compare(registered, COMMIT, registered.tags["lock_hash"], result)
    versions = registered.json("data_versions")
    lines += delta_agrees(spark, visits, versions, tmp_path / "snapshot")

    assert [line for line in lines if not line.same] == []
    compared = " ".join(line.what for line in lines)
    expected = (
        "code revision",
        "lock",
        "training rows",
        "holdout rows",
        "seed",
        "holdout_",
        "bit for bit",
        "training_set",
    )
    assert [what for what in expected if what not in compared] == []
    assert (tmp_path / "landing" / "visits" / "a").read_bytes() == b"one"

    spark.sql(f"UPDATE {visits.gold('training_set')} SET spend = 7 WHERE visitor = 3")
    newer = versions | {visits.gold("training_set"): versions[visits.gold("training_set")] + 1}
    assert [line.same for line in delta_agrees(spark, visits, newer, tmp_path / "snapshot")] == [False, True]
    assert not reproduced(delta_agrees(spark, visits, newer, tmp_path / "snapshot"))
