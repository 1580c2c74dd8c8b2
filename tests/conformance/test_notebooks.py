"""Notebooks, driven by the unmodified databricks-sdk."""

import base64
import time
from typing import Any
from urllib.request import urlopen

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service import jobs, workspace

FOLDER = "/Workspace/Shared/conformance"
NOTEBOOK = """\
# Databricks notebook source
# MAGIC %md
# MAGIC ## Heading of the notebook

# COMMAND ----------

dbutils.widgets.text("n", "3")
n = int(dbutils.widgets.get("n"))
print("n is", n)
display(spark.range(n))

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT 6 * 7 AS answer

# COMMAND ----------

dbutils.jobs.taskValues.set("doubled", 2 * n)
dbutils.notebook.exit(str(_sqldf.first()["answer"]))

# COMMAND ----------

raise RuntimeError("must not run")
"""
FAILING = "# Databricks notebook source\nvalues = {}\nvalues['missing']\n"


@pytest.fixture(scope="module")
def client(client: WorkspaceClient) -> WorkspaceClient:
    """With the notebooks of this module in the workspace."""
    client.workspace.mkdirs(FOLDER)
    for name, text in {"good": NOTEBOOK, "bad": FAILING}.items():
        client.workspace.import_(
            f"{FOLDER}/{name}",
            content=base64.b64encode(text.encode()).decode(),
            format=workspace.ImportFormat.SOURCE,
            language=workspace.Language.PYTHON,
            overwrite=True,
        )
    return client


def run(client: Any, name: str, **parameters: str) -> Any:
    task = jobs.SubmitTask(
        task_key=name,
        notebook_task=jobs.NotebookTask(notebook_path=f"{FOLDER}/{name}", base_parameters=parameters),
    )
    run_id = client.jobs.submit(run_name=name, tasks=[task]).run_id
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        found = client.jobs.get_run(run_id)
        if found.state.life_cycle_state.value in ("TERMINATED", "INTERNAL_ERROR", "SKIPPED"):
            return found
        time.sleep(0.2)
    raise TimeoutError(f"run {run_id} of {name} has not ended")


def test_a_notebook_runs_to_its_exit_and_shows_on_its_page(client: Any) -> None:
    done = run(client, "good", n="5")
    assert done.state.result_state == jobs.RunResultState.SUCCESS
    task = done.tasks[0].run_id
    assert client.jobs.get_run_output(task).notebook_output.result == "42"
    host = client.config.host
    with urlopen(f"{host}/runs/{task}/notebook") as answer:
        page = answer.read().decode()
    for text in ("Heading of the notebook", "n is 5", "answer", "<td>42</td>"):
        assert text in page
    with urlopen(done.run_page_url) as answer:
        assert "SUCCESS" in answer.read().decode()


def test_an_exception_fails_the_task_with_its_message_and_trace(client: Any) -> None:
    done = run(client, "bad")
    assert done.state.result_state == jobs.RunResultState.FAILED
    output = client.jobs.get_run_output(done.tasks[0].run_id)
    assert output.error == "KeyError: 'missing'"
    assert "values['missing']" in output.error_trace


def test_a_missing_notebook_fails_by_name(client: Any) -> None:
    done = run(client, "nowhere")
    assert done.state.result_state != jobs.RunResultState.SUCCESS
    assert "nowhere" in str(client.jobs.get_run_output(done.tasks[0].run_id).error)
