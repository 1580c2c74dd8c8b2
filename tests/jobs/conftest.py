"""The services of a training workflow, without a stack: an S3 and an MLflow of the test's own."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import mlflow
import pytest
from mlflow.tracking import MlflowClient
from moto import mock_aws

from tests.jobs.running import Workflow


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's database without a run: making its tables takes seconds."""
    file = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def services(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    uri, before = f"sqlite:///{tmp_path}/mlflow.db", mlflow.get_tracking_uri()
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)  # where MLflow puts artifacts
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    mlflow.set_tracking_uri(uri)
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="lakeloop")
        yield
    mlflow.set_tracking_uri(before)


@pytest.fixture
def client(services: None) -> MlflowClient:
    return MlflowClient()


@pytest.fixture
def workflow(services: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a workflow of a use case that differs by what is given."""

    def make(**changes: Any) -> Workflow:
        return Workflow(tmp_path, monkeypatch, **changes)

    return make
