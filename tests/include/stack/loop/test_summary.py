"""The summary is read back from the stores: MLflow, Delta, Parquet in S3."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from mlflow import MlflowClient
from moto.server import ThreadedMotoServer

from lakeloop.config import Target, UseCase, load_target, load_use_case
from lakeloop_stack.loop.summary import NoChampionError, NoScoresError, has_champion, summarise

TAGS = {
    "holdout_auc": "0.91",
    "holdout_average_precision": "0.6",
    "baseline_auc": "0.74",
    "holdout": "2017-10-14..2017-12-09",
    "holdout_rows": "9876",
}

MODEL = "dev.churn_ml.churn"


@pytest.fixture
def use_case() -> UseCase:
    return load_use_case("churn")


@pytest.fixture
def target() -> Target:
    return load_target("local")


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _host, port = server.get_host_and_port()
    httpx.post(f"http://127.0.0.1:{port}/moto-api/reset")  # what earlier tests of this process left there
    yield {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db",
    }
    server.stop()


def made_bucket(env: dict[str, str], target: Target) -> Any:
    s3 = boto3.client(
        "s3",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    s3.create_bucket(Bucket=target.bucket)
    return s3


@pytest.fixture
def stores(env: dict[str, str], target: Target) -> dict[str, str]:
    """Two promotions, and 30 scored rows of two periods each, in two files."""
    s3 = made_bucket(env, target)
    for part, rows in enumerate((10, 20)):
        data = io.BytesIO()
        pd.DataFrame({"household_id": range(rows)}).to_parquet(data)
        for as_of in ("2017-12-02", "2017-12-09"):
            key = f"scores/churn/as_of={as_of}/part-{part}.parquet"
            s3.put_object(Bucket=target.bucket, Key=key, Body=data.getvalue())
    options = {name: value for name, value in env.items() if name.startswith("AWS_")}
    write_deltalake(
        f"s3://{target.bucket}/warehouse/dev__churn_ml.db/promotions",
        pa.table({"to_version": ["1", "2"]}),
        storage_options={**options, "AWS_ALLOW_HTTP": "true"},
    )
    return env


def register(env: dict[str, str], tags: dict[str, str]) -> None:
    client = MlflowClient(env["MLFLOW_TRACKING_URI"])
    client.create_registered_model(MODEL)
    client.create_model_version(MODEL, "s3://lakeloop/mlflow/m", tags=tags)
    client.set_registered_model_alias(MODEL, "champion", "1")


def summary(env: dict[str, str], use_case: UseCase, target: Target) -> Any:
    return summarise(use_case, target, env, {"ingest": 12.345}, 100.04, 2048.26)


def test_it_holds_what_the_stores_hold_and_is_written_as_documented(
    stores: dict[str, str], use_case: UseCase, target: Target, tmp_path: Path
) -> None:
    register(stores, TAGS)
    file = tmp_path / "summary.json"
    summary(stores, use_case, target).write(file)
    assert json.loads(file.read_text()) == {
        "use_case": "churn",
        "champion_version": "1",
        "holdout": {
            "periods": "2017-10-14..2017-12-09",
            "rows": 9876,
            "compared_by": "auc",
            "metrics": {"auc": 0.91, "average_precision": 0.6},
            "baseline": {"auc": 0.74},
        },
        "scored_rows": 30,
        "scored_as_of": "2017-12-09",
        "scores_uri": "s3://lakeloop/scores/churn/as_of=2017-12-09/",
        "ledger_rows": 2,
        "stages": {"ingest": 12.3},
        "total_seconds": 100.0,
        "peak_pss_mb": 2048.3,
        "real_time": None,
        "suggestions": None,
        "reaction": None,
    }


def test_nothing_scored_yet_is_said(env: dict[str, str], use_case: UseCase, target: Target) -> None:
    register(env, TAGS)
    made_bucket(env, target)
    with pytest.raises(NoScoresError, match=r"scores/churn: no folder as_of=\.\.\.; nothing was scored yet"):
        summary(env, use_case, target)


def test_whether_there_is_a_champion_is_known(env: dict[str, str]) -> None:
    uri = env["MLFLOW_TRACKING_URI"]
    assert not has_champion(uri, MODEL)
    register(env, TAGS)
    assert has_champion(uri, MODEL)
    assert not has_champion(uri, "other")


def test_no_champion_is_said(env: dict[str, str], use_case: UseCase, target: Target) -> None:
    MlflowClient(env["MLFLOW_TRACKING_URI"]).create_registered_model(MODEL)
    with pytest.raises(NoChampionError, match=rf"{MODEL} has no alias champion.*nothing was promoted"):
        summary(env, use_case, target)


def test_a_champion_without_figures_is_named(
    stores: dict[str, str], use_case: UseCase, target: Target
) -> None:
    register(stores, {"holdout_auc": "0.9"})
    with pytest.raises(NoChampionError, match=r"version 1 lacks the tags \['baseline_auc'"):
        summary(stores, use_case, target)
