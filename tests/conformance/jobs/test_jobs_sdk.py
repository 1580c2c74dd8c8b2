"""The Jobs API driven by the unmodified databricks-sdk, on a running stack."""

import io
import json
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import (
    DatabricksError,
    InvalidParameterValue,
    OperationFailed,
    PermissionDenied,
    ResourceDoesNotExist,
)
from databricks.sdk.errors import NotImplemented as NotImplementedLocally
from databricks.sdk.service import compute, jobs
from databricks.sdk.service.jobs import RunResultState, SubmitTask, TaskDependency
from databricks.sdk.service.workspace import ImportFormat, Language

from localbricks_testing.wheels import build_wheel

CONNECT_OVERHEAD_SECONDS = 3
JOB_CLUSTER_OVERHEAD_SECONDS = 12
FIRST_LINE = "import time; print('first line', time.time(), flush=True)\n"
SPARK = FIRST_LINE + (
    "from pyspark.sql import SparkSession\n"
    "spark = SparkSession.builder.getOrCreate()\n"
    "print('session', time.time(), flush=True)\n"
)
PATIENCE = timedelta(minutes=3)
BUCKET = "lakeloop"


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], jobs.SparkPythonTask]:
    """Makes a task of Python code."""

    def make(code: str, *parameters: str) -> jobs.SparkPythonTask:
        path = tmp_path / f"{uuid.uuid4().hex}.py"
        path.write_text(code, encoding="utf-8")
        return jobs.SparkPythonTask(python_file=f"file:{path}", parameters=list(parameters))

    return make


Script = Callable[..., jobs.SparkPythonTask]


def submit(client: WorkspaceClient, *tasks: SubmitTask, **fields: Any) -> jobs.Run:
    """Submit a run and return it once it has ended, however it did: the SDK raises for a run that failed."""
    waiter = client.jobs.submit(run_name="conformance", tasks=list(tasks), **fields)
    try:
        return waiter.result(timeout=PATIENCE)
    except OperationFailed:
        return client.jobs.get_run(waiter.run_id)


def states(run: jobs.Run) -> dict[str, RunResultState | None]:
    return {task.task_key: task.state.result_state if task.state else None for task in run.tasks or []}


def output(client: WorkspaceClient, run: jobs.Run, key: str) -> jobs.RunOutput:
    (*_, task) = [task for task in run.tasks or [] if task.task_key == key]
    assert task.run_id is not None
    return client.jobs.get_run_output(task.run_id)


def wait_for_log(client: WorkspaceClient, run_id: int, text: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        logs = client.jobs.get_run_output(run_id).logs or ""
        if text in logs:
            return logs
        time.sleep(0.05)
    raise AssertionError(f"{text!r} did not appear in the log of run {run_id}")


def seconds_after(start: float, logs: str, what: str) -> float:
    return float(logs.partition(what)[2].split()[0]) - start


def test_a_python_task_runs_on_spark_within_the_overhead(client: WorkspaceClient, script: Script) -> None:
    task = script(
        SPARK + "print('rows', spark.range(7).count())\nimport sys; print(*sys.argv[1:])", "{{task.name}}"
    )
    start = time.time()
    run = submit(client, SubmitTask(task_key="count", spark_python_task=task))
    assert run.state is not None
    assert run.state.result_state == RunResultState.SUCCESS
    logs = output(client, run, "count").logs or ""
    assert "rows 7\ncount\n" in logs
    first, session = (seconds_after(start, logs, what) for what in ("first line", "session"))
    print(f"serverless: first line after {first:.2f} s, Spark session after {session:.2f} s")
    assert first < CONNECT_OVERHEAD_SECONDS


def test_a_python_task_that_exits_3_fails_with_its_stderr(client: WorkspaceClient, script: Script) -> None:
    code = "import sys; print('to stdout'); print('no rows today', file=sys.stderr); sys.exit(3)"
    run = submit(client, SubmitTask(task_key="a", spark_python_task=script(code)))
    assert states(run) == {"a": RunResultState.FAILED}
    assert run.state is not None
    assert (run.state.life_cycle_state, run.state.result_state) == (
        jobs.RunLifeCycleState.INTERNAL_ERROR,
        RunResultState.FAILED,
    )
    result = output(client, run, "a")
    assert "no rows today" in (result.logs or "")
    assert "exit code 3" in (result.error or "")
    assert "no rows today" in (result.error_trace or "")


def test_a_job_cluster_is_a_driver_of_its_own_on_the_same_metastore(
    client: WorkspaceClient, script: Script
) -> None:
    schema = f"jobs_{uuid.uuid4().hex[:8]}"
    write = SPARK + f"spark.sql('CREATE SCHEMA {schema}'); spark.range(5).write.saveAsTable('{schema}.t')\n"
    read = SPARK + (
        f"print('rows', spark.table('{schema}.t').count(), spark.conf.get('spark.master'))\n"
        f"spark.sql('DROP SCHEMA {schema} CASCADE')\n"
    )
    cluster = compute.ClusterSpec(
        spark_version="17.3.x-scala2.13",
        node_type_id="m5d.large",
        autoscale=compute.AutoScale(min_workers=1, max_workers=1),
        spark_conf={"spark.driver.memory": "800m"},
    )
    run = submit(
        client,
        SubmitTask(task_key="write", spark_python_task=script(write)),
        SubmitTask(
            task_key="read",
            spark_python_task=script(read),
            new_cluster=cluster,
            depends_on=[TaskDependency(task_key="write")],
        ),
    )
    result = output(client, run, "read")
    assert states(run) == {"write": RunResultState.SUCCESS, "read": RunResultState.SUCCESS}, result.logs
    assert "rows 5 local[1]" in (result.logs or "")
    (*_, task) = [task for task in run.tasks or [] if task.task_key == "read"]
    start = (task.start_time or 0) / 1000
    first, session = (seconds_after(start, result.logs or "", what) for what in ("first line", "session"))
    print(f"job cluster: first line after {first:.2f} s, Spark session after {session:.2f} s")
    assert first < JOB_CLUSTER_OVERHEAD_SECONDS


def test_a_wheel_task_finds_its_entry_point(client: WorkspaceClient, tmp_path: Path) -> None:
    code = "import sys\ndef main():\n    print('score', *sys.argv[1:])\n"
    points = {"packages": {"score": "acme_jobs.run:main"}}
    wheel = build_wheel(
        tmp_path, "acme_jobs", {"acme_jobs/__init__.py": "", "acme_jobs/run.py": code}, entry_points=points
    )
    task = jobs.PythonWheelTask(
        package_name="acme_jobs",
        entry_point="score",
        named_parameters={"night": "{{job.start_time.iso_date}}"},
    )
    spec = compute.Environment(environment_version="4", dependencies=[f"file:{wheel}"])
    run = submit(
        client,
        SubmitTask(task_key="serverless", python_wheel_task=task, environment_key="default"),
        SubmitTask(
            task_key="library", python_wheel_task=task, libraries=[compute.Library(whl=f"file:{wheel}")]
        ),
        environments=[jobs.JobEnvironment(environment_key="default", spec=spec)],
    )
    night = time.strftime("%Y-%m-%d", time.gmtime((run.start_time or 0) / 1000))
    for key in ("serverless", "library"):
        assert output(client, run, key).logs == f"score --night={night}\n"


def test_files_may_lie_in_the_workspace(client: WorkspaceClient, tmp_path: Path) -> None:
    folder = f"/Workspace/Shared/conformance-{uuid.uuid4().hex}"
    wheel = build_wheel(tmp_path, "acme_workspace", {"acme_workspace/__init__.py": "X = 'from the wheel'\n"})
    code = "import acme_workspace, beside; print(acme_workspace.X, beside.Y)"
    client.workspace.mkdirs(folder)
    for name, content in {
        wheel.name: wheel.read_bytes(),
        "etl.py": code.encode(),
        "beside.py": b"Y = 'and a file'",
    }.items():
        client.workspace.upload(f"{folder}/{name}", io.BytesIO(content), format=ImportFormat.AUTO)
    task = SubmitTask(
        task_key="a",
        spark_python_task=jobs.SparkPythonTask(python_file=f"{folder}/etl.py"),
        libraries=[compute.Library(whl=f"{folder}/{wheel.name}")],
    )
    assert output(client, submit(client, task), "a").logs == "from the wheel and a file\n"
    client.workspace.delete(folder, recursive=True)


def test_a_notebook_runs_its_cells_and_returns_its_result(client: WorkspaceClient) -> None:
    path = f"/Shared/conformance-{uuid.uuid4().hex}"
    source = (
        "# Databricks notebook source\n"
        "import time; print('first line', time.time())\n\n"
        "# COMMAND ----------\n\n"
        "dbutils.notebook.exit(str(spark.range(7).count()) + dbutils.widgets.get('job'))\n"
    )
    client.workspace.upload(
        path, io.BytesIO(source.encode()), format=ImportFormat.SOURCE, language=Language.PYTHON
    )
    own = jobs.NotebookTask(notebook_path=path, base_parameters={"job": " {{job.id}}"})
    start = time.time()
    run = submit(client, SubmitTask(task_key="a", notebook_task=own))
    result = output(client, run, "a")
    assert result.notebook_output is not None, result.error
    assert result.notebook_output.result == f"7 {run.job_id}"
    print(f"notebook: first line after {seconds_after(start, result.logs or '', 'first line'):.2f} s")
    client.workspace.delete(path)


def test_files_may_lie_in_s3(client: WorkspaceClient, s3: Any, tmp_path: Path) -> None:
    folder = f"conformance/{uuid.uuid4().hex}"
    wheel = build_wheel(tmp_path, "acme_s3", {"acme_s3/__init__.py": "X = 'from the wheel'\n"})
    s3.upload_file(str(wheel), BUCKET, f"{folder}/{wheel.name}")
    s3.put_object(Bucket=BUCKET, Key=f"{folder}/etl.py", Body=b"import acme_s3; print(acme_s3.X)")
    files = [
        jobs.SparkPythonTask(python_file=f"s3://{BUCKET}/{folder}/{name}.py") for name in ("etl", "none")
    ]
    library = compute.Library(whl=f"s3://{BUCKET}/{folder}/{wheel.name}")
    run = submit(
        client,
        SubmitTask(task_key="there", spark_python_task=files[0], libraries=[library]),
        SubmitTask(task_key="missing", spark_python_task=files[1]),
    )
    assert output(client, run, "there").logs == "from the wheel\n"
    assert f"s3://{BUCKET}/{folder}/none.py cannot be read" in (output(client, run, "missing").error or "")


def test_tasks_follow_their_graph(client: WorkspaceClient, script: Script) -> None:
    after_bad = [TaskDependency(task_key="bad")]
    run = submit(
        client,
        SubmitTask(task_key="bad", spark_python_task=script("raise SystemExit(1)")),
        SubmitTask(task_key="next", spark_python_task=script(""), depends_on=after_bad),
        SubmitTask(
            task_key="clean",
            spark_python_task=script(""),
            depends_on=after_bad,
            run_if=jobs.RunIf.AT_LEAST_ONE_FAILED,
        ),
    )
    assert states(run) == {
        "bad": RunResultState.FAILED,
        "next": RunResultState.UPSTREAM_FAILED,
        "clean": RunResultState.SUCCESS,
    }
    assert run.state is not None
    assert run.state.result_state == RunResultState.FAILED


def test_a_run_with_a_failed_task_raises_in_the_sdk_and_names_the_task(
    client: WorkspaceClient, script: Script
) -> None:
    after = [TaskDependency(task_key="load")]
    waiter = client.jobs.submit(
        run_name="fails",
        tasks=[
            SubmitTask(task_key="load", spark_python_task=script("raise ValueError('no rows')")),
            SubmitTask(task_key="report", spark_python_task=script(""), depends_on=after),
        ],
    )
    told = (
        r"got RunLifeCycleState\.INTERNAL_ERROR: Task load failed with message: ValueError: no rows .*\. "
        "This caused all downstream tasks to get skipped"
    )
    with pytest.raises(OperationFailed, match=told):
        waiter.result(timeout=PATIENCE)
    run = client.jobs.get_run(waiter.run_id)
    assert [task.state and task.state.life_cycle_state for task in run.tasks or []] == [
        jobs.RunLifeCycleState.TERMINATED,
        jobs.RunLifeCycleState.TERMINATED,
    ]
    assert run.status is not None
    assert run.status.termination_details is not None
    assert run.status.termination_details.code == jobs.TerminationCodeCode.RUN_EXECUTION_ERROR


def test_a_failed_run_is_repaired(client: WorkspaceClient, script: Script, tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    code = f"import os, sys; sys.exit(not os.path.exists({str(mended)!r}))"
    run = submit(
        client,
        SubmitTask(task_key="good", spark_python_task=script("")),
        SubmitTask(task_key="bad", spark_python_task=script(code)),
        SubmitTask(
            task_key="after", spark_python_task=script(""), depends_on=[TaskDependency(task_key="bad")]
        ),
    )
    mended.touch()
    assert run.run_id is not None
    again = client.jobs.repair_run_and_wait(run.run_id, rerun_all_failed_tasks=True)
    assert states(again) == dict.fromkeys(("good", "bad", "after"), RunResultState.SUCCESS)
    history = client.jobs.get_run(run.run_id, include_history=True).repair_history or []
    assert [item.type for item in history] == [
        jobs.RepairHistoryItemType.ORIGINAL,
        jobs.RepairHistoryItemType.REPAIR,
    ]
    assert [item.state and item.state.result_state for item in history] == [
        RunResultState.FAILED,
        RunResultState.SUCCESS,
    ]
    with pytest.raises(DatabricksError, match="The latest repair ID needs to be provided"):
        client.jobs.repair_run(run.run_id, rerun_tasks=["bad"])


def test_task_values_travel_between_tasks(client: WorkspaceClient, script: Script) -> None:
    path = f"/Shared/conformance-{uuid.uuid4().hex}"
    source = (
        "# Databricks notebook source\n"
        "dbutils.jobs.taskValues.set('version', 7)\n"
        "dbutils.jobs.taskValues.set('rows.out', 3)\n"
    )
    client.workspace.upload(
        path, io.BytesIO(source.encode()), format=ImportFormat.SOURCE, language=Language.PYTHON
    )
    reader = script(
        "import sys; print(*sys.argv[1:])",
        "{{tasks.train-model.values.version}}",
        "{{tasks.`train-model`.values.`rows.out`}}",
        "{{ name }}",
    )
    run = submit(
        client,
        SubmitTask(task_key="train-model", notebook_task=jobs.NotebookTask(notebook_path=path)),
        SubmitTask(
            task_key="use", spark_python_task=reader, depends_on=[TaskDependency(task_key="train-model")]
        ),
    )
    assert output(client, run, "use").logs == "7 3 {{ name }}\n"
    client.workspace.delete(path)


def test_a_failed_task_is_retried(client: WorkspaceClient, script: Script, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    code = f"import pathlib, sys; p = pathlib.Path({str(marker)!r}); p.exists() or (p.touch(), sys.exit(1))"
    run = submit(client, SubmitTask(task_key="a", spark_python_task=script(code), max_retries=1))
    assert [task.attempt_number for task in run.tasks or []] == [0, 1]
    assert run.state is not None
    assert run.state.result_state == RunResultState.SUCCESS


def test_a_task_is_stopped_at_its_timeout(client: WorkspaceClient, script: Script) -> None:
    task = SubmitTask(
        task_key="a", spark_python_task=script("import time; time.sleep(600)"), timeout_seconds=1
    )
    assert states(submit(client, task)) == {"a": RunResultState.TIMEDOUT}


def test_cancel_ends_the_task_and_what_it_started(client: WorkspaceClient, script: Script) -> None:
    code = (
        "import subprocess, sys, time\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "child = subprocess.Popen(sleep, start_new_session=True)\n"
        "print('child', child.pid, flush=True); child.wait()\n"
    )
    waiter = client.jobs.submit(
        run_name="cancel", tasks=[SubmitTask(task_key="a", spark_python_task=script(code))]
    )
    child = int(wait_for_log(client, waiter.run_id, "\n").split()[1])
    assert psutil.pid_exists(child)
    client.jobs.cancel_run_and_wait(waiter.run_id, timeout=PATIENCE)
    run = client.jobs.get_run(waiter.run_id)
    assert states(run) == {"a": RunResultState.CANCELED}
    assert not psutil.pid_exists(child)


def test_a_token_starts_one_run(client: WorkspaceClient, script: Script) -> None:
    token = uuid.uuid4().hex
    tasks = [SubmitTask(task_key="a", spark_python_task=script(""))]
    ids: set[int] = set()
    for _ in range(2):
        waiter = client.jobs.submit(run_name="once", tasks=tasks, idempotency_token=token)
        ids.add(waiter.run_id)
    assert len(ids) == 1


def test_a_job_lives_from_create_to_delete(client: WorkspaceClient, script: Script) -> None:
    echo = script("import sys; print(*sys.argv[1:])", "{{job.parameters.day}}", "{{job.id}}")
    name = f"conformance-{uuid.uuid4().hex}"
    task = jobs.Task(task_key="echo", spark_python_task=echo)
    day = jobs.JobParameterDefinition(name="day", default="monday")
    job_id = client.jobs.create(name=name, tasks=[task], parameters=[day], tags={"team": "data"}).job_id
    assert job_id is not None
    assert [job.job_id for job in client.jobs.list(name=name)] == [job_id]
    runs = [client.jobs.run_now_and_wait(job_id, job_parameters=given) for given in (None, {"day": "friday"})]
    assert [output(client, run, "echo").logs for run in runs] == [f"monday {job_id}\n", f"friday {job_id}\n"]
    assert {run.run_id for run in client.jobs.list_runs(job_id=job_id)} == {run.run_id for run in runs}
    client.jobs.update(job_id, new_settings=jobs.JobSettings(max_concurrent_runs=3))
    client.jobs.reset(job_id, new_settings=jobs.JobSettings(name=name, tasks=[task]))
    settings = client.jobs.get(job_id).settings
    assert settings is not None
    assert (settings.tags, settings.parameters, settings.max_concurrent_runs) == (None, [], 1)
    client.jobs.delete(job_id)
    with pytest.raises(ResourceDoesNotExist, match=f"Job {job_id} does not exist"):
        client.jobs.get(job_id)


def test_a_jobs_new_timeout_stops_its_active_run(client: WorkspaceClient, script: Script) -> None:
    task = jobs.Task(task_key="a", spark_python_task=script("import time; time.sleep(600)"))
    job_id = client.jobs.create(name=f"conformance-{uuid.uuid4().hex}", tasks=[task]).job_id or 0
    waiter = client.jobs.run_now(job_id)
    client.jobs.update(job_id, new_settings=jobs.JobSettings(timeout_seconds=1))
    state = waiter.result(timeout=PATIENCE).state
    assert state is not None
    assert state.result_state == RunResultState.TIMEDOUT
    client.jobs.delete(job_id)


def test_what_is_unknown_or_unsupported_is_refused_by_name(client: WorkspaceClient, script: Script) -> None:
    with pytest.raises(ResourceDoesNotExist, match="Run 5 does not exist"):
        client.jobs.get_run(5)
    with pytest.raises(DatabricksError, match="Job 5 does not exist"):
        client.jobs.run_now(5)
    jar = SubmitTask(task_key="a", spark_jar_task=jobs.SparkJarTask(main_class_name="Main"))
    with pytest.raises(InvalidParameterValue, match=r"tasks\.0\.spark_jar_task: not supported"):
        client.jobs.submit(run_name="jar", tasks=[jar])
    with pytest.raises(NotImplementedLocally, match=r"GET /api/2\.1/clusters/list is not implemented"):
        list(client.clusters.list())


def test_who_has_no_valid_token_is_refused(stack: dict[str, str]) -> None:
    host = stack["DATABRICKS_HOST"]
    with pytest.raises(PermissionDenied):
        list(WorkspaceClient(host=host, token="wrong", auth_type="pat").jobs.list_runs())
    answer = httpx.get(f"{host}/api/2.1/jobs/list")
    assert (answer.status_code, answer.json()["error_code"]) == (401, "UNAUTHENTICATED")


def test_a_malformed_body_is_400_and_names_the_field(stack: dict[str, str]) -> None:
    answer = httpx.post(
        f"{stack['DATABRICKS_HOST']}/api/2.1/jobs/runs/submit",
        headers={"Authorization": f"Bearer {stack['DATABRICKS_TOKEN']}"},
        content=json.dumps({"tasks": [{"task_key": "a", "notebook_task": {"notebook_pth": "/a"}}]}),
    )
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "tasks.0.notebook_task.notebook_pth" in answer.json()["message"]
