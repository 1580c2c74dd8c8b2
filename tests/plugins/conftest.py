"""Airflow without a database: a home of its own, connections from the environment."""

import os
import tempfile

# before the first import of airflow, which would otherwise make ~/airflow
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="lakeloop-airflow-"))
os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import mlflow
import pytest
from mlflow.tracking import MlflowClient

from lakeloop.config import Target, UseCase, load_target, load_use_case

TASK_RUN = 1000  # what a task's run id has more than its workflow's


class Workspace(ThreadingHTTPServer):
    """What a Databricks workspace promises about jobs and idempotency tokens, over HTTP; runs end when told so."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.jobs: dict[int, dict[str, Any]] = {}
        self.tokens: dict[str, int] = {}
        self.runs: dict[int, dict[str, str]] = {}
        self.looks_left: dict[int, int] = {}
        self.files: dict[str, str] = {}

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was sent to one route, in order."""
        return [body for called, body in self.calls if called == path]

    def end(self, run_id: int, result: str) -> None:
        self.runs[run_id] = {"life_cycle_state": "TERMINATED", "result_state": result, "state_message": ""}

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((path, body))
        self._reach_deadlines()
        match path.rpartition("/")[2]:
            case "submit" | "run-now":
                return {"run_id": self._started(body.get("idempotency_token"))}
            case "create":
                self.jobs[len(self.jobs) + 1] = body
                return {"job_id": len(self.jobs)}
            case "reset":
                self.jobs[body["job_id"]] = body["new_settings"]
                return {}
            case "list":
                found = [number for number, job in self.jobs.items() if job["name"] == body["name"]]
                return {"jobs": [{"job_id": n, "settings": {"name": body["name"]}} for n in found]}
            case "get":
                return self._run(int(body["run_id"]))
            case "cancel":
                self.end(int(body["run_id"]), "CANCELED")
                return {}
            case "export":
                return {"content": base64.b64encode(self.files[body["path"]].encode()).decode()}
        raise KeyError(path)

    def cancelling(self, run_id: int, looks: int) -> None:
        """The run is being cancelled, and has ended after it was looked at `looks` times."""
        self.runs[run_id] = {"life_cycle_state": "TERMINATING", "state_message": ""}
        self.looks_left[run_id] = looks

    def _reach_deadlines(self) -> None:
        for run_id in list(self.looks_left):
            self.looks_left[run_id] -= 1
            if self.looks_left[run_id] < 0:
                del self.looks_left[run_id]
                self.end(run_id, "CANCELED")

    def _started(self, token: str | None) -> int:
        run_id = self.tokens.get(token or "", len(self.runs) + 1)
        self.runs.setdefault(run_id, {"life_cycle_state": "RUNNING", "state_message": ""})
        if token:
            self.tokens[token] = run_id
        return run_id

    def _run(self, run_id: int) -> dict[str, Any]:
        page = f"http://127.0.0.1/runs/{run_id}"
        state = self.runs[run_id % TASK_RUN]
        task = {"task_key": "train", "run_id": run_id + TASK_RUN, "start_time": 1, "attempt_number": 0}
        return {"run_id": run_id, "job_id": 1, "run_page_url": page, "state": state, "tasks": [task]}


class Handler(BaseHTTPRequestHandler):
    server: Workspace

    def do_GET(self) -> None:
        url = urlparse(self.path)
        body: dict[str, Any] = {name: values[0] for name, values in parse_qs(url.query).items()}
        sent = int(self.headers.get("Content-Length") or 0)
        self._reply(url.path, body | (json.loads(self.rfile.read(sent)) if sent else {}))

    do_POST = do_GET  # noqa: N815

    def _reply(self, path: str, body: dict[str, Any]) -> None:
        try:
            answer = json.dumps(self.server.answer(path, body)).encode()
        except KeyError:  # databricks-sdk looks for addresses that an old workspace does not have
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace that ``databricks_default`` leads to."""
    server = Workspace()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host, port = server.server_address[:2]
    connection = {
        "conn_type": "databricks",
        "schema": "http",
        "host": host,
        "port": port,
        "password": "token",
    }
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", json.dumps(connection))
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def executable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators may be executed without Airflow's task runner."""
    from airflow.sdk.bases.operator import ExecutorSafeguard

    monkeypatch.setattr(ExecutorSafeguard, "test_mode", True)


@pytest.fixture
def use_case() -> UseCase:
    return load_use_case("churn")


@pytest.fixture
def target() -> Target:
    return load_target("local")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Tracking URI of an MLflow store in SQLite."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture
def client(store: str, use_case: UseCase, monkeypatch: pytest.MonkeyPatch) -> Iterator[MlflowClient]:
    """An empty registry, found by the environment as in a worker."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(store)
    client = MlflowClient()
    yield client
    for model in client.search_registered_models():
        client.delete_registered_model(model.name)
    mlflow.set_tracking_uri(before)


@pytest.fixture
def version(client: MlflowClient, use_case: UseCase, tmp_path: Path) -> Any:
    """Registers a version with the given tags; returns its number as text."""

    def inner(**tags: str) -> str:
        name = use_case.name
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        return str(client.create_model_version(name, f"file://{tmp_path}", tags=tags).version)

    return inner
