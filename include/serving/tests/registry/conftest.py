"""A real MLflow server with a registry of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import mlflow
import pytest
import xgboost as xgb
from mlflow.tracking import MlflowClient

from oipscorer_testing.models import BINARY, frame, trained


class Tracking:
    """An MLflow server on SQLite, with artifacts in a folder that it serves itself."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.artifacts = folder, folder / "artifacts"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self._port}"
        self.process = self._started()
        self.client = MlflowClient(self.uri, self.uri)

    def _started(self) -> subprocess.Popen[bytes]:
        options = {
            "--backend-store-uri": f"sqlite:///{self._folder}/mlflow.db",
            "--artifacts-destination": str(self.artifacts),
            "--host": "127.0.0.1",
            "--port": str(self._port),
            "--workers": "1",
        }
        command = [
            sys.executable,
            "-m",
            "mlflow",
            "server",
            *(part for pair in options.items() for part in pair),
        ]
        # MLflow would start seven more processes, for jobs that nobody sends here
        environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        log = (self._folder / "log").open("ab")
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, env=environment)
        for _ in range(900):
            try:
                if httpx.get(f"{self.uri}/health").status_code == 200:
                    return process
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError((self._folder / "log").read_text()[-2000:])

    def register(self, name: str, seed: int, wrong: float = 0.0) -> tuple[str, xgb.Booster]:
        """A new version and its booster; `wrong` is added to the predictions that are recorded."""
        mlflow.set_tracking_uri(self.uri)
        data = frame()
        booster = trained(data, BINARY, seed=seed)
        example = data.head(3)
        said = booster.predict(xgb.DMatrix(example))
        given: dict[str, Any] = {
            "input_example": example,
            "signature": mlflow.models.infer_signature(example, said),
        }
        given |= {"metadata": {"example_answers": (said + wrong).tolist()}, "pip_requirements": ["xgboost"]}
        with mlflow.start_run():
            made = mlflow.xgboost.log_model(booster, name="model", registered_model_name=name, **given)
        return str(made.registered_model_version), booster

    def alias(self, name: str, alias: str, version: str) -> None:
        """Points an alias to a version."""
        self.client.set_registered_model_alias(name, alias, version)

    def stop(self) -> None:
        """Ends the server."""
        self.process.terminate()
        self.process.wait(30)

    def start(self) -> None:
        """Starts it again, with what it has."""
        self.process = self._started()


@pytest.fixture(scope="session")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracking]:
    """The server of all tests here."""
    made = Tracking(tmp_path_factory.mktemp("mlflow"))
    yield made
    made.stop()
