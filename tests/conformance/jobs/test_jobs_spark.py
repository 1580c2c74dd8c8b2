"""What a task does on the shared Spark server is over when the task is, on a running stack."""

import base64
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import OperationFailed
from databricks.sdk.service import jobs
from databricks.sdk.service.workspace import ImportFormat, Language
from databricks.sql.client import Cursor
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto.base_pb2_grpc import SparkConnectServiceStub

from localbricks_testing.waiting import wait_until
from tests.conformance.sql_clients import asked

PATIENCE = timedelta(minutes=3)
SILENCE_SECONDS = 1.5
# Merges a row that comes out of a Python function: it beats until the file `go` is there, and only then returns.
MERGE = """
import os, sys
from pyspark.sql import SparkSession

folder, table = sys.argv[1:]
print(os.environ["SPARK_REMOTE"], flush=True)
spark = SparkSession.builder.getOrCreate()

def hold(n: int) -> int:
    import os, time
    while not os.path.exists(folder + "/go"):
        open(folder + "/beat", "w").close()
        time.sleep(0.05)
    return n

spark.udf.register("hold", hold, "bigint")
spark.sql("CREATE OR REPLACE TEMPORARY VIEW slow AS SELECT hold(id) AS id FROM range(1)")
spark.sql(f"MERGE INTO {table} t USING slow s ON t.id = s.id WHEN NOT MATCHED THEN INSERT *").collect()
"""
EXITS = """
import os, sys
from pyspark.sql import SparkSession

print(os.environ["SPARK_REMOTE"], flush=True)
spark = SparkSession.builder.getOrCreate()
print("rows", spark.range(7).count(), flush=True)
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def table(cursor: Cursor, schema: str) -> str:
    name = f"{schema}.merged"
    cursor.execute(f"create table {name} (id bigint)")
    return name


class Merge:
    """A task that waits in the midst of a MERGE."""

    def __init__(self, folder: Path, table: str) -> None:
        self.folder = folder
        self.beat = folder / "beat"
        script = folder / "merge.py"
        script.write_text(MERGE, encoding="utf-8")
        self.task = jobs.SparkPythonTask(python_file=f"file:{script}", parameters=[str(folder), table])

    def is_silent(self) -> bool:
        """Whether the statement has done nothing for a while."""
        return time.time() - self.beat.stat().st_mtime > SILENCE_SECONDS


def end_of(client: WorkspaceClient, waiter: Any) -> jobs.Run:
    """The run once it has ended, however it did."""
    try:
        run: jobs.Run = waiter.result(timeout=PATIENCE)
        return run
    except OperationFailed:
        return client.jobs.get_run(waiter.run_id)


def remote_of(client: WorkspaceClient, run: jobs.Run) -> str:
    """What the task found as SPARK_REMOTE."""
    logs = client.jobs.get_run_output((run.tasks or [])[-1].run_id or 0).logs or ""
    return logs.splitlines()[0]


@pytest.fixture
def session_state(stack: dict[str, str]) -> Callable[[str], str]:
    """Asks the server about the session of a SPARK_REMOTE: ``open``, or why there is none."""
    metadata = [("authorization", f"Bearer {stack['DATABRICKS_TOKEN']}")]

    def ask(remote: str) -> str:
        address, _, parameters = remote.removeprefix("sc://").partition("/;")
        given = dict(part.split("=", 1) for part in parameters.split(";"))
        user = pb.UserContext(user_id=given["user_id"])
        request = pb.GetStatusRequest(session_id=given["session_id"], user_context=user)
        with grpc.insecure_channel(address) as channel:
            try:
                SparkConnectServiceStub(channel).GetStatus(request, timeout=20, metadata=metadata)
            except grpc.RpcError as error:
                return str(error.details())
        return "open"

    return ask


@pytest.mark.parametrize("ends", ["cancel", "timeout"])
def test_a_merge_does_not_commit_after_the_end_of_its_run(
    client: WorkspaceClient,
    cursor: Cursor,
    table: str,
    session_state: Callable[[str], str],
    tmp_path: Path,
    ends: str,
) -> None:
    merge = Merge(tmp_path, table)
    before = asked(cursor, f"describe history {table}")
    limit = 30 if ends == "timeout" else 0
    task = jobs.SubmitTask(task_key="a", spark_python_task=merge.task, timeout_seconds=limit)
    waiter = client.jobs.submit(run_name="merge", tasks=[task])
    wait_until(merge.beat.exists, "the merge")
    if ends == "cancel":
        client.jobs.cancel_run(waiter.run_id)
    run = end_of(client, waiter)
    assert run.state is not None
    expected = jobs.RunResultState.CANCELED if ends == "cancel" else jobs.RunResultState.TIMEDOUT
    assert run.state.result_state == expected
    assert "SESSION_CLOSED" in session_state(remote_of(client, run))
    wait_until(merge.is_silent, "the end of the function, which Spark gives two seconds")
    (tmp_path / "go").touch()  # what a statement that is still there would commit upon
    assert asked(cursor, f"select count(*) from {table}") == [(0,)]
    assert asked(cursor, f"describe history {table}") == before


# The same in a notebook that another one runs; `limit` is its timeout.
PARENT = """
try:
    dbutils.notebook.run("merge", {limit}, {{"folder": "{folder}", "table": "{table}"}})
except Exception as error:
    open("{folder}/said", "w").write(str(error))
    import time
    time.sleep(600)
"""
IN_NOTEBOOK = """
import sys
sys.argv = ["", dbutils.widgets.get("folder"), dbutils.widgets.get("table")]
open(sys.argv[1] + "/remote", "w").write(__import__("os").environ["SPARK_REMOTE"])
"""


@pytest.mark.parametrize("ends", ["cancel", "timeout"])
def test_nor_does_one_of_a_notebook_that_another_one_ran(
    client: WorkspaceClient,
    cursor: Cursor,
    table: str,
    session_state: Callable[[str], str],
    tmp_path: Path,
    ends: str,
) -> None:
    merge, folder = Merge(tmp_path, table), f"/Shared/conformance-{uuid.uuid4().hex}"
    client.workspace.mkdirs(folder)
    parent = PARENT.format(limit=30 if ends == "timeout" else 0, folder=tmp_path, table=table)
    for name, code in {"parent": parent, "merge": IN_NOTEBOOK + MERGE}.items():
        content = base64.b64encode(code.encode()).decode()
        client.workspace.import_(
            f"{folder}/{name}", content=content, format=ImportFormat.SOURCE, language=Language.PYTHON
        )
    notebook = jobs.NotebookTask(notebook_path=f"{folder}/parent")
    task = jobs.SubmitTask(task_key="a", notebook_task=notebook)
    waiter = client.jobs.submit(run_name="notebooks", tasks=[task])
    wait_until(merge.beat.exists, "the merge", 120)
    if ends == "timeout":
        wait_until((tmp_path / "said").exists, "the timeout of the inner notebook", 120)
        assert "SESSION_CLOSED" in session_state((tmp_path / "remote").read_text())
    client.jobs.cancel_run(waiter.run_id)
    end_of(client, waiter)
    assert "SESSION_CLOSED" in session_state((tmp_path / "remote").read_text())
    wait_until(merge.is_silent, "the end of the function, which Spark gives two seconds")
    (tmp_path / "go").touch()
    assert asked(cursor, f"select count(*) from {table}") == [(0,)]
    client.workspace.delete(folder, recursive=True)


def test_a_merge_that_is_let_go_commits(
    client: WorkspaceClient, cursor: Cursor, table: str, tmp_path: Path
) -> None:
    merge = Merge(tmp_path, table)
    task = jobs.SubmitTask(task_key="a", spark_python_task=merge.task)
    waiter = client.jobs.submit(run_name="merge", tasks=[task])
    wait_until(merge.beat.exists, "the merge")
    (tmp_path / "go").touch()
    assert end_of(client, waiter).state.result_state == jobs.RunResultState.SUCCESS  # type: ignore[union-attr]
    assert asked(cursor, f"select * from {table}") == [(0,)]


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    def make(code: str) -> str:
        path = tmp_path / f"{uuid.uuid4().hex}.py"
        path.write_text(code, encoding="utf-8")
        return f"file:{path}"

    return make


@pytest.mark.parametrize("code", [0, 3])
def test_a_task_leaves_no_session_on_the_server(
    client: WorkspaceClient,
    session_state: Callable[[str], str],
    script: Callable[[str], str],
    code: int,
) -> None:
    task = jobs.SparkPythonTask(python_file=script(EXITS), parameters=[str(code)])
    tasks = [jobs.SubmitTask(task_key=key, spark_python_task=task) for key in ("a", "b")]
    run = end_of(client, client.jobs.submit(run_name="exits", tasks=tasks))
    remotes = {
        (client.jobs.get_run_output(task.run_id or 0).logs or "").splitlines()[0] for task in run.tasks or []
    }
    assert len(remotes) == 2, "each task has a session of its own"
    for remote in remotes:
        assert "SESSION_CLOSED" in session_state(remote)


def test_a_session_that_the_task_has_stopped_is_not_opened_again(
    client: WorkspaceClient, script: Callable[[str], str]
) -> None:
    again = (
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "print('rows', spark.range(7).count(), flush=True)\n"
        "spark.stop()\n"
        "SparkSession.builder.getOrCreate().range(8).count()\n"
    )
    task = jobs.SubmitTask(task_key="a", spark_python_task=jobs.SparkPythonTask(python_file=script(again)))
    run = end_of(client, client.jobs.submit(run_name="stops", tasks=[task]))
    output = client.jobs.get_run_output((run.tasks or [])[0].run_id or 0)
    assert "rows 7" in (output.logs or "")
    assert "SESSION_CLOSED" in (output.error or "")
