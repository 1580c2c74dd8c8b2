"""Whether the workspace and its Spark grow while tasks and sessions come and go: memory, threads, files of results.

Run it where `eval "$(lakeloop env)"` has been said: ``python tests/benchmarks/bench_endurance.py [--tasks 500]
[--sessions 500]``. A line after each tenth tells what both processes hold; it takes about an hour.
"""

import argparse
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.jobs import SparkPythonTask, SubmitTask
from databricks.sdk.service.workspace import ImportFormat

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "include/localbricks/tests"))

from tests.conformance import server_use
from tests.conformance.sql.test_sql_endurance import one_session

AT_ONCE, TENTHS = 6, 10
TASK = "from pyspark.sql import SparkSession\nprint(SparkSession.builder.getOrCreate().range(10).count())\n"
PATH = "/Workspace/Shared/bench_endurance.py"


def main() -> None:
    """Run the sessions, then the tasks; print what the servers hold on the way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=500)
    parser.add_argument("--sessions", type=int, default=500)
    options = parser.parse_args()
    stack, client = dict(os.environ), WorkspaceClient(auth_type="pat")
    client.workspace.upload(PATH, TASK.encode(), format=ImportFormat.AUTO, overwrite=True)
    try:
        many("sessions", options.sessions, lambda number: one_session(stack, number), stack)
        many("tasks", options.tasks, lambda number: run_task(client), stack)
    finally:
        client.workspace.delete(PATH)


def many(what: str, count: int, work: Callable[[int], None], stack: dict[str, str]) -> None:
    """Do the work so many times, and tell the use before, and after each tenth."""
    tell(f"before {count} {what}", stack)
    with ThreadPoolExecutor(AT_ONCE) as clients:
        for tenth in range(TENTHS):
            list(clients.map(work, range(tenth * count // TENTHS, (tenth + 1) * count // TENTHS)))
            tell(f"{(tenth + 1) * count // TENTHS} {what}", stack)


def tell(when: str, stack: dict[str, str]) -> None:
    """One line with what both processes hold."""
    workspace, spark = server_use.workspace(stack), server_use.spark(stack)
    print(f"{when}: workspace {server_use.use(workspace)}; Spark {server_use.use(spark)}", flush=True)


def run_task(client: WorkspaceClient) -> None:
    """One serverless task that uses Spark; raises when it fails."""
    task = SubmitTask(task_key="count", spark_python_task=SparkPythonTask(python_file=PATH))
    client.jobs.submit(run_name="bench_endurance", tasks=[task]).result(timeout=timedelta(minutes=20))


if __name__ == "__main__":
    main()
