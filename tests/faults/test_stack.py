"""Crashes, stops and kills of the whole stack: nothing stays behind, nothing is lost."""

import json
import os
import signal
from collections.abc import Callable
from typing import Any

import httpx
import psutil
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.jobs import Run, RunResultState, SparkPythonTask, SubmitTask
from deltalake import DeltaTable
from mlflow import MlflowClient

from lakeloop_stack.loop.airflow_api import AirflowApi
from lakeloop_stack.machine.ports import PortsTakenError, is_free
from lakeloop_stack.services.preparations import s3_client
from lakeloop_stack.supervisor.readiness import StackError

from .conftest import Fallible, Wait

pytestmark = pytest.mark.timeout(900)
TABLE, VIEW, ROWS = "faults.kept", "faults.seen", [{"n": n} for n in range(5)]
BUCKET = "lakeloop"
# A task whose child has left its session and is deaf to SIGTERM.
SLEEPER = (
    "import subprocess, sys, time\n"
    "deaf = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(900)'\n"
    "subprocess.Popen([sys.executable, '-c', deaf], start_new_session=True)\n"
    "print('asleep', flush=True); time.sleep(900)\n"
)
WRITER = (
    "from pyspark.sql import SparkSession\n"
    "spark = SparkSession.builder.getOrCreate()\n"
    "spark.sql('CREATE SCHEMA IF NOT EXISTS faults')\n"
    f"spark.range(5).toDF('n').write.mode('overwrite').saveAsTable('{TABLE}')\n"
    f"spark.sql('CREATE OR REPLACE VIEW {VIEW} AS SELECT n FROM {TABLE}')\n"
    f"print('rows', spark.table('{TABLE}').count())\n"
)
# Through a view, which must be there as well as its table.
READER = (
    "from pyspark.sql import SparkSession\n"
    "spark = SparkSession.builder.getOrCreate()\n"
    f"print('rows', spark.table('{VIEW}').count())\n"
)
# Spark is at work on it until it is stopped.
ENDLESS = (
    "from pyspark.sql import SparkSession\n"
    "spark = SparkSession.builder.getOrCreate()\n"
    "print('session', flush=True)\n"
    "spark.sql('SELECT count(*) FROM range(1000000000000) WHERE hash(id) = 7').show()\n"
)


@pytest.fixture(scope="module")
def submit(client: WorkspaceClient, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """Starts a run of Python code; returns what waits for it."""

    def start(code: str) -> Any:
        file = tmp_path_factory.mktemp("task") / "task.py"
        file.write_text(code)
        task = SubmitTask(task_key="a", spark_python_task=SparkPythonTask(python_file=f"file:{file}"))
        return client.jobs.submit(run_name="faults", tasks=[task])

    return start


def log(client: WorkspaceClient, run_id: int) -> str:
    (task,) = client.jobs.get_run(run_id).tasks or []
    assert task.run_id is not None
    return client.jobs.get_run_output(task.run_id).logs or ""


def result(run: Run) -> RunResultState | None:
    return run.state.result_state if run.state else None


@pytest.fixture(scope="module")
def kept(
    fallible: Fallible, stack: dict[str, str], client: WorkspaceClient, submit: Callable[[str], Any]
) -> int:
    """A table, an object, a registered model and a finished run; returns the run's id."""
    run = submit(WRITER).result()
    assert "rows 5" in log(client, run.run_id)
    s3_client(stack).put_object(Bucket=BUCKET, Key="faults/kept.txt", Body=b"kept")
    mlflow = MlflowClient(stack["MLFLOW_TRACKING_URI"])
    experiment = mlflow.create_experiment("faults")
    mlflow_run = mlflow.create_run(experiment)
    mlflow.log_text(mlflow_run.info.run_id, "kept", "kept.txt")
    mlflow.create_registered_model("faults")
    mlflow.create_model_version("faults", f"runs:/{mlflow_run.info.run_id}/m", mlflow_run.info.run_id)
    mlflow.set_registered_model_alias("faults", "champion", "1")
    return int(run.run_id)


def check_kept(
    stack: dict[str, str], client: WorkspaceClient, submit: Callable[[str], Any], run_id: int
) -> None:
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    options = {name: stack[name] for name in names} | {"AWS_ALLOW_HTTP": "true"}
    path = f"s3://{BUCKET}/warehouse/dev__faults.db/kept"
    table = DeltaTable(path, storage_options=options).to_pyarrow_table()
    assert sorted(table.to_pylist(), key=lambda row: row["n"]) == ROWS
    assert "rows 5" in log(client, submit(READER).result().run_id)
    body = s3_client(stack).get_object(Bucket=BUCKET, Key="faults/kept.txt")["Body"].read()
    assert body == b"kept"
    mlflow = MlflowClient(stack["MLFLOW_TRACKING_URI"])
    version = mlflow.get_model_version_by_alias("faults", "champion")
    assert (version.version, version.run_id is not None) == ("1", True)
    assert [file.path for file in mlflow.list_artifacts(str(version.run_id))] == ["kept.txt"]
    assert result(client.jobs.get_run(run_id)) == RunResultState.SUCCESS


def test_a_second_up_says_that_it_is_up(fallible: Fallible) -> None:
    assert fallible.up().already


def test_up_with_other_ports_says_with_which_it_runs(fallible: Fallible) -> None:
    other = Fallible(fallible.settings.model_copy(update={"s3_port": 9}))
    with pytest.raises(StackError, match=rf"is up with s3_port={fallible.settings.s3_port}, asked for 9"):
        other.up()


def test_a_second_stack_on_the_same_ports_is_told_who_has_them(
    fallible: Fallible, wait_until: Wait, tmp_path: Any
) -> None:
    wait_until(lambda: not is_free(fallible.settings.derby_port), "Derby serves: the metastore is open")
    other = Fallible(fallible.settings.model_copy(update={"home": tmp_path}))
    with pytest.raises(PortsTakenError) as caught:
        other.up()
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "s3",
        "mlflow",
        "localbricks",
        "airflow",
        "spark",
        "derby",
    ]
    assert f"java (pid {fallible.service('s3').pid})" in lines[0]
    assert other.processes() == {}


def test_everything_listens_on_loopback_only(fallible: Fallible) -> None:
    own = fallible.processes()
    listening = [
        connection.laddr
        for connection in psutil.net_connections("inet")
        if connection.pid in own and connection.status == psutil.CONN_LISTEN and connection.laddr
    ]
    assert len(listening) >= 6
    assert {address.ip for address in listening} <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def test_a_crashed_service_is_restarted_and_the_crash_is_visible(
    fallible: Fallible, wait_until: Wait
) -> None:
    before = fallible.service("mlflow")
    workers = [pid for pid, name in fallible.processes().items() if name == "mlflow" and pid != before.pid]
    os.kill(before.pid, signal.SIGKILL)

    def back() -> bool:
        now = fallible.service("mlflow")
        return now.ready and now.pid != before.pid

    wait_until(back, "mlflow is ready again")
    after = fallible.service("mlflow")
    assert (after.crashes, after.last_crash) == (before.crashes + 1, "terminated by SIGKILL")
    assert [pid for pid in workers if _alive(pid)] == []  # they would hold the port
    assert json.loads(json.dumps(fallible.status().as_json()))["services"][0]["name"] == "s3"


def test_a_run_whose_spark_server_was_killed_fails_with_the_reason_and_the_next_one_works(
    fallible: Fallible, client: WorkspaceClient, submit: Callable[[str], Any], kept: int, wait_until: Wait
) -> None:
    running = submit(ENDLESS)
    wait_until(lambda: "session" in log(client, running.run_id), "the task has its session")
    before = fallible.service("spark")
    os.kill(before.pid, signal.SIGKILL)
    wait_until(lambda: result(client.jobs.get_run(running.run_id)) is not None, "the run has ended")
    ended = client.jobs.get_run(running.run_id)
    assert result(ended) == RunResultState.FAILED
    assert ended.state is not None
    assert "The Spark server was restarted while the task ran" in (ended.state.state_message or "")
    assert "rows 5" in log(client, submit(READER).result().run_id)
    after = fallible.service("spark")
    assert (after.crashes, after.last_crash) == (before.crashes + 1, "terminated by SIGKILL")


def test_down_with_running_tasks_leaves_no_process_and_up_brings_all_back(
    fallible: Fallible,
    stack: dict[str, str],
    client: WorkspaceClient,
    submit: Callable[[str], Any],
    kept: int,
    wait_until: Wait,
) -> None:
    sleeping = submit(SLEEPER)
    wait_until(lambda: "asleep" in log(client, sleeping.run_id), "the task runs")
    api = AirflowApi(stack["AIRFLOW__API__BASE_URL"])
    api.unpause(["churn_transform"])
    api.trigger("churn_transform")
    wait_until(lambda: _airflow_task_runs(stack), "a task runs in Airflow")
    everything = fallible.processes()
    assert fallible.down().was_up
    assert fallible.processes() == {}
    assert [pid for pid in everything if _alive(pid)] == []
    started = fallible.up()
    assert not started.already
    check_kept(stack, client, submit, kept)
    ended = client.jobs.get_run(sleeping.run_id)
    assert result(ended) == RunResultState.FAILED
    assert ended.state is not None
    assert ended.state.state_message


def test_after_a_kill_of_everything_up_loses_no_table_model_or_run(
    fallible: Fallible,
    stack: dict[str, str],
    client: WorkspaceClient,
    submit: Callable[[str], Any],
    kept: int,
) -> None:
    fallible.kill_everything()
    assert not fallible.status().up
    started = fallible.up()
    assert not started.already
    assert dict(started.environment) == stack
    check_kept(stack, client, submit, kept)


def test_what_a_killed_supervisor_left_is_ended_by_the_next_up(fallible: Fallible) -> None:
    (supervisor,) = [pid for pid, name in fallible.processes().items() if name == "supervisor"]
    os.kill(supervisor, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(supervisor)] if psutil.pid_exists(supervisor) else [], timeout=30)
    orphans = fallible.processes()
    found = fallible.status()
    assert not found.up
    assert set(found.leftovers) & set(orphans)
    assert not fallible.up().already
    assert set(fallible.processes()) & set(orphans) == set()
    assert fallible.status().up


def test_a_stack_just_started_leaves_room_for_its_tasks(fallible: Fallible) -> None:
    # The budget is 6 GB with all tasks; what the loop takes at its peak is measured, see docs/benchmarks.md.
    found = fallible.status()
    assert found.up
    taken = {service.name: service.pss_mb for service in found.services}
    assert 500 < found.pss_mb < 4 * 1024, taken


def _airflow_task_runs(stack: dict[str, str]) -> bool:
    """Whether Airflow has a task in the state running."""
    url = stack["AIRFLOW__API__BASE_URL"]
    token = httpx.get(f"{url}/auth/token").json()["access_token"]
    path = "/api/v2/dags/churn_transform/dagRuns/~/taskInstances"
    query = {"state": "running"}
    answer = httpx.get(f"{url}{path}", params=query, headers={"Authorization": f"Bearer {token}"})
    return bool(answer.raise_for_status().json()["task_instances"])


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
