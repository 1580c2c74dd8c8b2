"""An MLflow store in files with a model in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle.scoring import pack
from tests.include.lakeloop.lifecycle.data import FEATURES, checkerboard

Logged = Callable[..., str]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Tracking URI of a store in SQLite and files, with one experiment ``tests``."""
    folder = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{folder}/mlflow.db"
    MlflowClient(uri).create_experiment("tests", artifact_location=f"file://{folder}/artifacts")
    return uri


@pytest.fixture
def client(store: str) -> Iterator[MlflowClient]:
    """The client of that store; MLflow's own functions point to it meanwhile."""
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(store)
    mlflow.set_experiment("tests")
    yield MlflowClient()
    mlflow.set_tracking_uri(before)


@pytest.fixture
def model() -> str:
    """The name of a registered model that no other test uses."""
    return f"model_{uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def booster() -> xgb.Booster:
    x, y = checkerboard(400, seed=5)
    return xgb.train({"objective": "binary:logistic", "seed": 1}, xgb.DMatrix(x, label=y), num_boost_round=5)


@pytest.fixture
def logged(client: MlflowClient, booster: xgb.Booster) -> Logged:
    """Logs a real model under a run with the given tags and metrics; returns the run's id."""

    def inner(metrics: dict[str, float] | None = None, **tags: str) -> str:
        x, _ = checkerboard(5, seed=1)
        with mlflow.start_run(tags=tags) as run:
            mlflow.log_metrics(metrics or {})
            mlflow.xgboost.log_model(
                booster,
                name="model",
                signature=infer_signature(x[FEATURES], booster.predict(xgb.DMatrix(x))),
                pip_requirements=["mlflow"],
                model_format="json",
            )
        return run.info.run_id

    return inner


@pytest.fixture
def packed(client: MlflowClient, logged: Logged, tmp_path: Path) -> bytes:
    """A logged model as scoring fetches it."""
    folder = mlflow.artifacts.download_artifacts(f"runs:/{logged()}/model", dst_path=str(tmp_path))
    return pack(Path(folder))


@pytest.fixture(scope="module")
def households() -> pd.DataFrame:
    x, _ = checkerboard(300, seed=11)
    return x.assign(household_id=np.arange(300), week=48)
