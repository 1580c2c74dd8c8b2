"""What the local workspace does not do is refused by name: the rows of docs/localbricks.md, by unmodified clients."""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, DatabricksError, InvalidParameterValue
from databricks.sdk.service import jobs, workspace
from databricks.sql.client import Cursor
from databricks.sql.exc import DatabaseError

PYTHON = {"task_key": "a", "spark_python_task": {"python_file": "/Shared/none.py"}}
SOMETHING = {"is": "asked for"}
Submit = Callable[..., Any]


@pytest.fixture
def folder(client: WorkspaceClient) -> Iterator[str]:
    path = f"/Shared/refusals-{uuid4().hex[:8]}"
    client.workspace.mkdirs(path)
    yield path
    client.workspace.delete(path, recursive=True)


def save(client: WorkspaceClient, path: str, code: str, kind: str = "SOURCE") -> None:
    client.workspace.import_(
        path,
        content=base64.b64encode(code.encode()).decode(),
        format=workspace.ImportFormat(kind),
        language=workspace.Language.PYTHON,
    )


def post(client: WorkspaceClient, route: str, body: dict[str, Any]) -> Any:
    return client.api_client.do("POST", f"/api/2.2/jobs/{route}", body=body)


# --- the Jobs API ----------------------------------------------------------------------------------------------------

OF_A_TASK = (
    *("webhook_notifications", "health", "disabled", "compute", "alert_task", "clean_rooms_notebook_task"),
    *("condition_task", "dashboard_task", "dbt_cloud_task", "dbt_platform_task", "dbt_task", "for_each_task"),
    *("gen_ai_compute_task", "pipeline_task", "power_bi_task", "python_operator_task", "run_job_task"),
    *("spark_jar_task", "spark_submit_task", "sql_task"),
)
OF_A_CLUSTER = ("cluster_log_conf", "docker_image", "init_scripts", "ssh_public_keys", "use_ml_runtime")
OF_A_RUN = ("webhook_notifications", "health", "git_source", "run_as")
OF_RUN_NOW = ("jar_params", "spark_submit_params", "sql_params", "dbt_commands", "pipeline_params")


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        ("tasks.0", OF_A_TASK),
        ("tasks.0.new_cluster", OF_A_CLUSTER),
        ("tasks.0.libraries.0", ("jar", "egg", "maven", "cran", "requirements")),
        ("tasks.0.libraries.0.pypi", ("repo",)),
        ("tasks.0.depends_on.0", ("outcome",)),
        ("environments.0.spec", ("base_environment", "java_dependencies")),
        ("", OF_A_RUN),
    ],
)
def test_a_field_of_a_run_is_refused_by_name(
    client: WorkspaceClient, place: str, fields: tuple[str, ...]
) -> None:
    for field in fields:
        own = {"pypi": {"package": "x"}} if place.endswith("libraries.0") else {}
        inner: Any = {**own, field: SOMETHING}
        for part in reversed(place.split(".") if place else []):
            inner = [inner] if part == "0" else {part: inner}
        task = {**PYTHON, **(inner.get("tasks") or [{}])[0]}
        name = f"{place}.{field}" if place else field
        with pytest.raises(InvalidParameterValue, match=f"{name}: not supported by the local workspace"):
            post(client, "runs/submit", {**inner, "tasks": [task]})


def test_a_field_of_a_job_or_of_its_start_is_refused_by_name(client: WorkspaceClient) -> None:
    for field in ("schedule", "trigger", "continuous"):
        with pytest.raises(
            InvalidParameterValue, match=f"{field}: the local workspace starts no job by itself"
        ):
            post(client, "create", {"name": "refused", field: {"pause_status": "UNPAUSED"}})
    for field in OF_RUN_NOW:
        for route, own in (("run-now", {"job_id": 1}), ("runs/repair", {"run_id": 1, "rerun_tasks": ["a"]})):
            with pytest.raises(InvalidParameterValue, match=f"{field}: not supported"):
                post(client, route, {**own, field: ["x"]})
    job = client.jobs.create(name="refused", tasks=[jobs.Task.from_dict(PYTHON)]).job_id or 0
    with pytest.raises(InvalidParameterValue, match="only: not supported"):
        client.jobs.run_now(job, only=["a"])
    with pytest.raises(InvalidParameterValue, match="fields_to_remove: 'taks' is neither a field"):
        client.jobs.update(job, fields_to_remove=["taks"])
    client.jobs.delete(job)


def test_what_would_be_kept_wrong_or_cancelled_by_mistake_is_refused(client: WorkspaceClient) -> None:
    conf = {"spark.x": "{{secrets/a/b}}"}
    with pytest.raises(InvalidParameterValue, match=r"spark_conf: spark.x refers to a secret"):
        post(client, "runs/submit", {"tasks": [{**PYTHON, "new_cluster": {"spark_conf": conf}}]})
    with pytest.raises(InvalidParameterValue, match="job_id: Input should be less than"):
        client.jobs.get(2**64)
    with pytest.raises(InvalidParameterValue, match="expected job_id, or all_queued_runs"):
        client.jobs.cancel_all_runs()


# --- the Workspace API -----------------------------------------------------------------------------------------------


def test_formats_and_names_of_the_workspace_are_refused_by_name(client: WorkspaceClient, folder: str) -> None:
    save(client, f"{folder}/n", "print(1)")
    for kind in ("HTML", "DBC", "R_MARKDOWN"):
        with pytest.raises(InvalidParameterValue, match="format: Input should be 'SOURCE'"):
            client.workspace.export(f"{folder}/n", format=workspace.ExportFormat(kind))
        with pytest.raises(InvalidParameterValue, match="format: Input should be 'SOURCE'"):
            save(client, f"{folder}/other", "", kind)
    with pytest.raises(InvalidParameterValue, match="is kept as SOURCE and is not converted"):
        client.workspace.export(f"{folder}/n", format=workspace.ExportFormat.JUPYTER)
    with pytest.raises(
        InvalidParameterValue, match="would be a notebook in the local workspace; import it as AUTO"
    ):
        save(client, f"{folder}/raw.py", "# Databricks notebook source\n", "RAW")
    with pytest.raises(InvalidParameterValue, match="is too long: a name may have 240 bytes"):
        client.workspace.mkdirs(f"{folder}/{'x' * 241}")
    with pytest.raises(BadRequest, match="Folder /Shared is protected"):
        client.workspace.delete("/Shared", recursive=True)


# --- notebooks -------------------------------------------------------------------------------------------------------

BEFORE_ANY_CELL = {
    "%sh ls": "%sh is not supported by the local workspace",
    "%fs ls /": "%fs is not supported",
    "%scala 1": "%scala is not supported",
    "%r 1": "%r is not supported",
    "%skip": "%skip is not supported",
    "%run ./other $x=1": "expected one path .* and no arguments",
    "%run ../../../other": "leaves the workspace",
}
IN_A_CELL = {
    "%run ./other": "%run must be the first line of a cell of its own",
    "%sql SELECT 1": "%sql must be the first line",
    "%conda install x": "%conda is not supported",
    "%uv pip install x": "%uv is not supported",
    "%pip install nothing-4711": "nothing-4711 is not installed",
    "%pip install packaging==0.0.1": "packaging .* is installed",
    "%pip install git+https://x.invalid/y": "fetches nothing",
    "%pip install 'x @ https://x.invalid/y.whl'": "fetches nothing",
    "%pip install https://x.invalid/packaging-26.0-py3-none-any.whl": "fetches nothing",
    "%pip install -e .": "does not know this option",
    "%pip install -r none.txt": "there is no file none.txt",
    "%pip uninstall x": "knows %pip install",
    "!pip install nothing-4711": "nothing-4711 is not installed",
    "x = !pip list": "runs no pip; use %pip",
    "dbutils.fs.ls('/databricks-datasets')": "no DBFS, volumes and mounts",
    "dbutils.fs.ls('dbfs:/x')": "no DBFS, volumes and mounts",
    "dbutils.fs.ls('/Volumes/a/b/c')": "no DBFS, volumes and mounts",
    "dbutils.fs.mount('s3a://x', '/mnt/x')": "dbutils.fs.mount is not supported",
    "dbutils.fs.rm('file:/tmp/..', True)": "is a protected folder and cannot be removed",
    "dbutils.library.installPyPI('x')": "dbutils.library.installPyPI is not supported",
    "dbutils.data.summarize(None)": "dbutils.data.summarize is not supported",
    "dbutils.credentials.assumeRole('x')": "dbutils.credentials.assumeRole is not supported",
    "dbutils.api.x": "dbutils.api.x is not supported",
    "dbutils.notebook.getContext().tags()": "getContext..\\.tags is not supported",
    "dbutils.notebook.run('none', 60)": "there is no notebook",
    "dbutils.jobs.taskValues.set('k', 'x' * 50_000)": "expected at most 49,152",
    "dbutils.secrets.get('nowhere', 'x')": "secret scope 'nowhere' does not exist",
}
# Each line is run as a cell would be, and what it says is kept.
TRIED = """
import json
from IPython import get_ipython
said = {{}}
for line in {lines!r}:
    done = get_ipython().run_cell("# first\\n" + line)
    error = done.error_before_exec or done.error_in_exec
    said[line] = f"{{type(error).__name__}}: {{error}}" if error else "nothing"
dbutils.notebook.exit(json.dumps(said))
"""
PYTHON_TASK = """
from databricks.sdk.runtime import dbutils
for ask in (lambda: dbutils.widgets.text("a", "b"), lambda: dbutils.notebook.exit("x"),
            lambda: dbutils.notebook.run("x", 1), dbutils.library.restartPython):
    try:
        ask()
    except NotImplementedError as error:
        print(error)
"""


@pytest.fixture
def outputs(client: WorkspaceClient, folder: str) -> Callable[..., dict[str, jobs.RunOutput]]:
    """Runs tasks beside each other, and gives what each left, by its key."""

    def run(*tasks: jobs.SubmitTask) -> dict[str, jobs.RunOutput]:
        run_id = client.jobs.submit(run_name="refusals", tasks=list(tasks)).run_id
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            found = client.jobs.get_run(run_id)
            if found.status and found.status.state == jobs.RunLifecycleStateV2State.TERMINATED:
                return {t.task_key: client.jobs.get_run_output(t.run_id or 0) for t in found.tasks or []}
            time.sleep(0.3)
        raise TimeoutError(f"run {run_id} has not ended")

    return run


def notebook(key: str, path: str) -> jobs.SubmitTask:
    return jobs.SubmitTask(task_key=key, notebook_task=jobs.NotebookTask(notebook_path=path))


def test_cells_that_no_kernel_here_runs_are_refused_before_any_other(
    client: WorkspaceClient, folder: str, outputs: Submit
) -> None:
    tasks = {f"t{number}": line for number, line in enumerate(BEFORE_ANY_CELL)}
    for key, line in tasks.items():
        save(client, f"{folder}/{key}", f"print('ran')\n\n# COMMAND ----------\n\n# MAGIC {line}")
    found = outputs(*(notebook(key, f"{folder}/{key}") for key in tasks))
    for key, line in tasks.items():
        assert "ran" not in (found[key].logs or "").splitlines()
        assert_says(found[key].error, BEFORE_ANY_CELL[line], line)


def test_lines_of_a_cell_are_refused_by_name(client: WorkspaceClient, folder: str, outputs: Submit) -> None:
    save(client, f"{folder}/tried", TRIED.format(lines=list(IN_A_CELL)))
    found = outputs(notebook("tried", f"{folder}/tried"))["tried"]
    assert found.notebook_output is not None, found.error
    said = json.loads(found.notebook_output.result or "{}")
    for line, expected in IN_A_CELL.items():
        assert_says(said[line], expected, line)


def test_what_only_notebooks_have_is_refused_in_other_tasks(
    client: WorkspaceClient, folder: str, outputs: Submit
) -> None:
    save(client, f"{folder}/task.py", PYTHON_TASK, "AUTO")
    file = jobs.SparkPythonTask(python_file=f"{folder}/task.py")
    logs = outputs(jobs.SubmitTask(task_key="a", spark_python_task=file))["a"].logs or ""
    assert logs.count("this is no notebook") == 4


def test_a_cell_that_outputs_too_much_is_refused(
    client: WorkspaceClient, folder: str, outputs: Submit
) -> None:
    save(client, f"{folder}/loud", "print('x' * (9 << 20))")
    assert_says(outputs(notebook("a", f"{folder}/loud"))["a"].error, "a cell may output 8 MB", "loud")


def assert_says(said: str | None, expected: str, what: str) -> None:
    assert re.search(expected, said or ""), f"{what}: {said}"


# --- SQL -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("revoke select on table t from x", "REVOKE .*it knows no privileges"),
        ("deny select on table t to x", "DENY .*it knows no privileges"),
        ("show grants on table t", "SHOW GRANTS .*it knows no privileges"),
        ("alter table dev.default.t set owner to x", "SET OWNER .*its objects have no owners"),
        ("alter schema dev.default owner to x", "OWNER .*its objects have no owners"),
        ("alter table t set tags ('a' = 'b')", "SET TAGS .*it keeps no tags"),
        ("alter table t alter column c unset tags ('a')", "UNSET TAGS .*it keeps no tags"),
        ("create external location l url 's3://x'", "CREATE EXTERNAL LOCATION .*hosted workspace"),
        ("create volume v", "CREATE VOLUME .*hosted workspace"),
        ("create share s", "CREATE SHARE .*hosted workspace"),
        ("create recipient r", "CREATE RECIPIENT .*hosted workspace"),
        ("create or refresh streaming table s as select 1", "STREAMING TABLE .*it needs a pipeline"),
        ("create materialized view v as select 1", "MATERIALIZED VIEW .*it needs a pipeline"),
        ("drop catalog dev", "DROP CATALOG .*its catalogs are fixed"),
        ("copy into t from 's3://x' fileformat = json", "COPY INTO .*read the files with cloudFiles"),
        ("insert into t replace on (a = b) select 1", "REPLACE ON .*write MERGE"),
        ("set statement_timeout = 5", "SET STATEMENT_TIMEOUT .*session configuration"),
    ],
)
def test_a_statement_that_needs_a_hosted_workspace_is_refused_by_name(
    cursor: Cursor, statement: str, told: str
) -> None:
    with pytest.raises(DatabaseError, match=rf"\[NOT_SUPPORTED_LOCALLY\] {told}.*SQLSTATE: 0A000"):
        cursor.execute(statement)


def test_parameters_that_do_not_fit_are_refused_by_name(cursor: Cursor) -> None:
    from databricks.sql.parameters import IntegerParameter

    with pytest.raises(DatabaseError, match=r"UNBOUND_SQL_PARAMETER.* 2 \? markers and 1 parameters"):
        cursor.execute("select ?, ?", [1])
    with pytest.raises(DatabaseError, match=r"INVALID_PARAMETER_VALUE.* parameter a: .* is not a valid INT"):
        cursor.execute("select :a", [IntegerParameter(name="a", value=2**40)])


def test_a_route_or_an_api_that_is_not_there_is_named(client: WorkspaceClient) -> None:
    for method, path in (("GET", "/api/2.0/clusters/list"), ("POST", "/api/2.0/sql/statements")):
        with pytest.raises(
            DatabricksError, match=f"{method} {path} is not implemented by the local workspace"
        ):
            client.api_client.do(method, path)
