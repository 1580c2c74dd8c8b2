"""The Jobs API driven by the unmodified Airflow operators that the DAGs use, on a running stack."""

import asyncio
import base64
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from airflow.providers.databricks.hooks.databricks import DatabricksHook
from airflow.providers.databricks.operators.databricks import (
    DatabricksNotebookOperator,
    DatabricksRunNowOperator,
    DatabricksSubmitRunOperator,
    DatabricksTaskOperator,
)
from airflow.providers.databricks.operators.databricks_workflow import DatabricksWorkflowTaskGroup
from airflow.sdk import DAG
from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.exceptions import AirflowException, TaskDeferred
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.workspace import ImportFormat, Language

from lakeloop_airflow.operators.submit import SubmitOnceOperator

CLUSTER = {"spark_version": "17.3.x-scala2.13", "node_type_id": "m5d.large", "num_workers": 1}


class TaskInstance:
    """What operators use of Airflow's task instance: XComs."""

    stats_tags: dict[str, str] = {}

    def __init__(self, dag_id: str = "dag", task_id: str = "task") -> None:
        self.dag_id = dag_id
        self.task_id = task_id
        self.run_id = "manual"
        self.xcoms: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value


@pytest.fixture(autouse=True)
def airflow(stack: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection from the environment; operators may be executed without Airflow's runner."""
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", stack["AIRFLOW_CONN_DATABRICKS_DEFAULT"])
    monkeypatch.setattr(ExecutorSafeguard, "test_mode", True)


@pytest.fixture
def hook() -> DatabricksHook:
    return DatabricksHook()


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Makes a task of Python code."""

    def make(code: str, *parameters: str) -> dict[str, Any]:
        path = tmp_path / f"{uuid.uuid4().hex}.py"
        path.write_text(code, encoding="utf-8")
        return {"spark_python_task": {"python_file": f"file:{path}", "parameters": list(parameters)}}

    return make


@pytest.fixture
def notebook(client: WorkspaceClient) -> Iterator[Callable[[str], str]]:
    """Imports Python source as a notebook and returns its path."""
    folder = f"/Shared/conformance-{uuid.uuid4().hex}"
    client.workspace.mkdirs(folder)

    def make(source: str) -> str:
        path = f"{folder}/{uuid.uuid4().hex}"
        content = base64.b64encode(f"# Databricks notebook source\n{source}".encode()).decode()
        client.workspace.import_(path, content=content, format=ImportFormat.SOURCE, language=Language.PYTHON)
        return path

    yield make
    client.workspace.delete(folder, recursive=True)


Script = Callable[..., dict[str, Any]]
Notebook = Callable[[str], str]


def run_trigger(deferred: TaskDeferred) -> dict[str, Any]:
    """Return the event of a deferral, as the triggerer would hand it to the operator."""

    async def first_event() -> dict[str, Any]:
        async for event in deferred.trigger.run():
            return dict(event.payload)
        raise AssertionError("the trigger ended without an event")

    return asyncio.run(asyncio.wait_for(first_event(), 120))


def context(ti: TaskInstance) -> Any:
    """Return the context that the operator sees."""
    return {"ti": ti}


def execute(operator: Any, ti: TaskInstance) -> Any:
    """Execute an operator to its end, through its deferrals when it defers."""
    try:
        return operator.execute(context(ti))
    except TaskDeferred as deferred:
        return resume(operator, ti, deferred)


def resume(operator: Any, ti: TaskInstance, deferred: TaskDeferred) -> Any:
    try:
        return getattr(operator, deferred.method_name)(context(ti), run_trigger(deferred))
    except TaskDeferred as again:
        return resume(operator, ti, again)


@pytest.mark.parametrize("deferrable", [False, True])
def test_submit_run_ends_with_its_run(script: Script, hook: DatabricksHook, deferrable: bool) -> None:
    operator = DatabricksSubmitRunOperator(
        task_id="count",
        tasks=[
            {"task_key": "a", "max_retries": 0, "timeout_seconds": 60, **script("import time; time.sleep(1)")}
        ],
        deferrable=deferrable,
        polling_period_seconds=1,
    )
    ti = TaskInstance()
    execute(operator, ti)
    run = hook.get_run(ti.xcoms["run_id"])
    assert run["state"]["result_state"] == "SUCCESS"
    assert run["run_name"] == "count"
    assert ti.xcoms["run_page_url"] == run["run_page_url"]


@pytest.mark.parametrize("deferrable", [False, True])
def test_submit_run_fails_with_the_tasks_own_error(script: Script, deferrable: bool) -> None:
    operator = DatabricksSubmitRunOperator(
        task_id="fails",
        tasks=[{"task_key": "a", **script("import time; time.sleep(1); raise ValueError('no rows today')")}],
        deferrable=deferrable,
        polling_period_seconds=1,
    )
    with pytest.raises(AirflowException, match="ValueError: no rows today"):
        execute(operator, TaskInstance())


@pytest.mark.parametrize("deferrable", [False, True])
def test_run_now_repairs_a_failed_run_once_and_fails_with_the_tasks_own_error(
    script: Script, client: WorkspaceClient, hook: DatabricksHook, deferrable: bool
) -> None:
    failing = {"task_key": "a", **script("raise ValueError('no rows today')")}
    job_id = hook.create_job({"name": f"conformance-{uuid.uuid4().hex}", "tasks": [failing]})
    operator = DatabricksRunNowOperator(
        task_id="repair", job_id=str(job_id), repair_run=True, deferrable=deferrable, polling_period_seconds=1
    )
    with pytest.raises(AirflowException, match="no rows today"):
        execute(operator, TaskInstance())
    (run,) = client.jobs.list_runs(job_id=job_id, expand_tasks=True)
    assert [task.attempt_number for task in run.tasks or []] == [0, 1]
    client.jobs.delete(job_id)


def test_a_retry_with_the_same_token_finds_the_run_that_a_killed_worker_left(script: Script) -> None:
    submit = {
        "tasks": [{"task_key": "a", **script("import time; time.sleep(2)")}],
        "idempotency_token": uuid.uuid4().hex,
    }
    attempts = []
    for _ in range(2):
        operator = DatabricksSubmitRunOperator(
            task_id="once", json=submit, deferrable=True, polling_period_seconds=1
        )
        with pytest.raises(TaskDeferred) as deferred:
            operator.execute(context(TaskInstance()))
        attempts.append((operator.run_id, deferred.value))
    (first, _), (second, last) = attempts
    assert first == second
    assert '"result_state": "SUCCESS"' in run_trigger(last)["run_state"]


def test_on_kill_cancels_the_run_and_its_process(
    script: Script, hook: DatabricksHook, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    code = f"import os, time; open({str(note) + '.draft'!r}, 'w').write(str(os.getpid()));"
    code += f"os.rename({str(note) + '.draft'!r}, {str(note)!r}); time.sleep(600)"
    operator = DatabricksSubmitRunOperator(
        task_id="kill", json=script(code), wait_for_termination=False, polling_period_seconds=1
    )
    operator.execute(context(TaskInstance()))
    wait_for(note.exists)
    operator.on_kill()
    wait_for(lambda: hook.get_run_state(operator.run_id or 0).is_terminal)
    assert hook.get_run_state(operator.run_id or 0).result_state == "CANCELED"
    assert not psutil.pid_exists(int(note.read_text()))


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_notebook_runs_by_itself(notebook: Notebook, hook: DatabricksHook, deferrable: bool) -> None:
    operator = DatabricksNotebookOperator(
        task_id="hello",
        notebook_path=notebook(
            "dbutils.widgets.text('who', 'nobody')\ndbutils.notebook.exit(dbutils.widgets.get('who'))"
        ),
        source="WORKSPACE",
        notebook_params={"who": "world"},
        existing_cluster_id="local",
        polling_period_seconds=1,
        deferrable=deferrable,
    )
    execute(operator, TaskInstance())
    assert hook.get_run_output(operator.databricks_run_id or 0)["notebook_output"] == {
        "result": "world",
        "truncated": False,
    }


def test_a_notebook_that_raises_fails_with_its_error(notebook: Notebook) -> None:
    operator = DatabricksNotebookOperator(
        task_id="fails",
        notebook_path=notebook("raise KeyError('no such household')"),
        source="WORKSPACE",
        existing_cluster_id="local",
        polling_period_seconds=1,
        max_retries=1,
    )
    with pytest.raises(AirflowException, match="no such household"):
        execute(operator, TaskInstance())


def workflow(script: Script, notebook: Notebook, **fields: Any) -> DAG:
    """A workflow of a notebook and a Python task that reads what the notebook set."""
    values = "dbutils.jobs.taskValues.set('version', 7)\nimport time; time.sleep(1)"
    echo = script(
        "import sys; print('got', *sys.argv[1:])", "{{tasks.train.values.version}}", "{{job.run_id}}"
    )
    common = {"polling_period_seconds": 1, **fields}
    dag = DAG(f"conformance_{uuid.uuid4().hex[:8]}")
    with dag, DatabricksWorkflowTaskGroup(group_id="model", databricks_conn_id="databricks_default"):
        train = DatabricksNotebookOperator(
            task_id="train",
            databricks_task_key="train",
            notebook_path=notebook(values),
            source="WORKSPACE",
            **common,
        )
        register = DatabricksTaskOperator(
            task_id="register", databricks_task_key="register", task_config=echo, **common
        )
        train >> register
    return dag


def launch(dag: DAG) -> dict[str, Any]:
    """Execute the launch task of the workflow; returns its job and run."""
    operator: Any = dag.get_task("model.launch")
    launched: dict[str, Any] = operator.execute(context(TaskInstance(dag.dag_id, "model.launch")))
    return launched


@pytest.mark.parametrize("fields", [{"deferrable": False}, {"deferrable": True, "max_retries": 1}])
def test_a_workflow_is_one_job_whose_tasks_are_followed(
    script: Script, notebook: Notebook, hook: DatabricksHook, fields: dict[str, Any]
) -> None:
    dag = workflow(script, notebook, **fields)
    launched = launch(dag)
    for name in ("train", "register"):
        operator: Any = dag.get_task(f"model.{name}")
        operator.workflow_run_metadata = launched  # as the runner renders the reference to the launch task
        execute(operator, TaskInstance(dag.dag_id, f"model.{name}"))
    wait_for(lambda: hook.get_run_state(launched["run_id"]).is_terminal)
    run = hook.get_run(launched["run_id"])
    assert {task["task_key"]: task["state"]["result_state"] for task in run["tasks"]} == {
        "train": "SUCCESS",
        "register": "SUCCESS",
    }
    (register,) = [task for task in run["tasks"] if task["task_key"] == "register"]
    assert hook.get_run_output(register["run_id"])["logs"] == f"got 7 {run['run_id']}\n"
    again = launch(dag)
    hook.cancel_run(again["run_id"])
    assert (again["job_id"], again["run_id"] != run["run_id"]) == (launched["job_id"], True)


@pytest.fixture
def submitted(script: Script, tmp_path: Path) -> Callable[[int], Any]:
    """Submits, at a given try of the Airflow task, a run that fails until the file ``mended`` is there."""
    code = f"import os, sys, time; time.sleep(1); sys.exit(not os.path.exists({str(tmp_path / 'mended')!r}))"
    body = {"tasks": [{"task_key": "a", **script(code)}], "idempotency_token": uuid.uuid4().hex}

    def submit(try_number: int) -> SubmitOnceOperator:
        operator = SubmitOnceOperator(
            task_id="once", retries=2, json=body, deferrable=True, polling_period_seconds=1
        )
        ti = TaskInstance()
        ti.try_number, ti.max_tries = try_number, 2  # type: ignore[attr-defined]
        with pytest.raises(TaskDeferred):
            operator.execute(context(ti))
        return operator

    return submit


def test_a_retry_replaces_a_failed_run_and_finds_one_that_succeeded(
    submitted: Any, hook: DatabricksHook, tmp_path: Path
) -> None:
    failed = submitted(1).run_id
    assert submitted(2).run_id == failed, "still alive: found again"
    wait_for(lambda: hook.get_run_state(failed).is_terminal)
    (tmp_path / "mended").touch()

    mended = submitted(2).run_id
    assert mended != failed
    wait_for(lambda: hook.get_run_state(mended).is_terminal)
    assert hook.get_run_state(mended).is_successful


def test_a_retry_replaces_the_run_that_a_dying_worker_cancelled(submitted: Any, hook: DatabricksHook) -> None:
    killed = submitted(1)
    killed.on_kill()  # what Airflow calls on SIGTERM

    again = submitted(2)
    assert again.run_id != killed.run_id
    assert hook.get_run_state(killed.run_id).result_state == "CANCELED"
    assert not hook.get_run_state(again.run_id).is_terminal


def wait_for(condition: Callable[[], bool]) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited 60 s in vain"
        time.sleep(0.05)
