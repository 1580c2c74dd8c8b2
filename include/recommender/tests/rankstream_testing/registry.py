"""MLflow's server with a registry in SQLite, and versions of a model in it."""

import os
import shutil
from pathlib import Path
from threading import Thread

import mlflow
from mlflow import server
from mlflow.tracking import MlflowClient
from werkzeug.serving import make_server

NAME = "suggestions"


class Registry:
    """MLflow's own server in a thread, whose registry is a file of SQLite that the tests write to beside it.

    As a process of its own it would import MLflow twice more, which takes longer than all tests here.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, 0
        store = f"sqlite:///{folder}/mlflow.db"
        os.environ |= {server.BACKEND_STORE_URI_ENV_VAR: store, server.ARTIFACT_ROOT_ENV_VAR: str(folder)}
        mlflow.set_tracking_uri(store)
        mlflow.set_experiment(experiment_id=mlflow.create_experiment(NAME, str(folder / "artifacts")))
        self._client = MlflowClient(store, store)
        self._client.create_registered_model(NAME)
        self.start()

    @property
    def uri(self) -> str:
        """Of the server."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listens, on the same port as before."""
        self._server = make_server("127.0.0.1", self._port, server.app, threaded=True)
        self._port = self._server.port
        Thread(target=self._server.serve_forever, name="mlflow", daemon=True).start()

    def register(self, model: Path) -> str:
        """A new version whose data is the folder, as it is."""
        named = Path(shutil.copytree(model, self._folder / f"{model.name}-copy" / "recommender"))
        with mlflow.start_run():
            made = mlflow.pyfunc.log_model(
                name="model",
                loader_module="rankstream.pyfunc",
                data_path=str(named),
                pip_requirements=[],
                registered_model_name=NAME,
            )
        return str(made.registered_model_version)

    def point(self, version: str, alias: str = "champion") -> None:
        """Moves an alias."""
        self._client.set_registered_model_alias(NAME, alias, version)

    def stop(self) -> None:
        """Listens no more."""
        self._server.shutdown()
        self._server.server_close()
