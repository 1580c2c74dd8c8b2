"""Notebooks, driven by the unmodified databricks-sdk."""

import base64
import io
import time
from collections.abc import Callable
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
    return ended(client, client.jobs.submit(run_name=name, tasks=[task]).response.run_id)


def ended(client: Any, run_id: int) -> Any:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        found = client.jobs.get_run(run_id)
        if found.state.life_cycle_state.value in ("TERMINATED", "INTERNAL_ERROR", "SKIPPED"):
            return found
        time.sleep(0.2)
    raise TimeoutError(f"run {run_id} has not ended")


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


DIVIDER = "\n\n# COMMAND ----------\n\n"


@pytest.fixture
def result(client: Any) -> Callable[..., str]:
    """Runs a notebook of these cells and gives what it exits with, or its error."""

    def run_cells(*cells: str, others: dict[str, str] | None = None, **parameters: str) -> str:
        for name, text in {"cells": DIVIDER.join(cells), **(others or {})}.items():
            content = base64.b64encode(text.encode()).decode()
            kind, language = workspace.ImportFormat.SOURCE, workspace.Language.PYTHON
            client.workspace.import_(
                f"{FOLDER}/{name}", content=content, format=kind, language=language, overwrite=True
            )
        done = run(client, "cells", **parameters)
        output = client.jobs.get_run_output(done.tasks[0].run_id)
        return str(output.error or output.notebook_output.result)

    return run_cells


def test_cells_as_people_write_them(result: Any) -> None:
    found = result(
        "# MAGIC %load_ext autoreload\n# MAGIC %autoreload 2",
        "# what we need\n%pip install -q -U packaging",
        f'# MAGIC %run "{FOLDER}/my other"',
        "days = \"SELECT DATE'9999-12-31' AS d, TIMESTAMP'0001-01-01 00:00:00' AS t, array(1, NULL) AS a\"",
        "spark.sql(days).display()",
        "from pyspark.sql import SparkSession\nassert SparkSession.getActiveSession() is spark",
        "dbutils.library.restartPython()",
        "dbutils.notebook.exit(str('other' in globals()))",
        others={"my other": "other = 1"},
    )
    assert found == "False"


def test_sql_cells_take_widgets_and_several_statements(result: Any) -> None:
    found = result(
        "dbutils.widgets.text('city', 'Ghent')",
        "# MAGIC %sql\n# MAGIC CREATE TEMP VIEW v AS SELECT 'x;y' AS s;\n# MAGIC SELECT :city AS c, s FROM v;",
        "# MAGIC %sql\n# MAGIC -- nothing here",
        "dbutils.notebook.exit(str(tuple(_sqldf.first())))",
        city="O'Brien ${spark.master} --",
    )
    assert found == str(("O'Brien ${spark.master} --", "x;y"))


def test_dbutils_reaches_s3_and_other_notebooks(result: Any) -> None:
    found = result(
        "base = 's3://lakeloop/conformance/dbutils'\ndbutils.fs.put(base + '/a#1?.txt', 'hello', True)",
        "dbutils.fs.mkdirs(base + '/void')\ndbutils.fs.cp(base + '/a#1?.txt', base + '/b.txt')",
        "names = [(f.name, f.size) for f in dbutils.fs.ls(base)] + dbutils.fs.ls(base + '/void')",
        "dbutils.fs.rm(base, True)\ndbutils.notebook.exit(str(names) + dbutils.notebook.run('child', 120, {'n': '2'}))",
        others={"child": "dbutils.notebook.exit(str(spark.range(int(dbutils.widgets.get('n'))).count()))"},
    )
    assert found == "[('a#1?.txt', 5), ('b.txt', 5), ('void/', 0)]2"


def test_modules_and_python_tasks_import_the_runtime(client: Any) -> None:
    code = "from databricks.sdk.runtime import dbutils, spark\n"
    code += "dbutils.jobs.taskValues.set('rows', spark.range(3).count())\n"
    path = f"{FOLDER}/first.py"
    client.workspace.upload(
        path, io.BytesIO(code.encode()), format=workspace.ImportFormat.AUTO, overwrite=True
    )
    reader = "from databricks.sdk.runtime import dbutils as own\n"
    reader += "dbutils.notebook.exit(str(own.jobs.taskValues.get('first', 'rows')))"
    content = base64.b64encode(reader.encode()).decode()
    kind, language = workspace.ImportFormat.SOURCE, workspace.Language.PYTHON
    client.workspace.import_(
        f"{FOLDER}/reader", content=content, format=kind, language=language, overwrite=True
    )
    first = jobs.SubmitTask(task_key="first", spark_python_task=jobs.SparkPythonTask(python_file=path))
    second = jobs.SubmitTask(
        task_key="second",
        depends_on=[jobs.TaskDependency(task_key="first")],
        notebook_task=jobs.NotebookTask(notebook_path=f"{FOLDER}/reader"),
    )
    run_id = client.jobs.submit(run_name="runtime", tasks=[first, second]).response.run_id
    done = ended(client, run_id)
    output = client.jobs.get_run_output(next(t.run_id for t in done.tasks if t.task_key == "second"))
    assert output.notebook_output.result == "3", output.error


def test_parameters_reach_spark_beside_delta(result: Any) -> None:
    found = result(
        "rows = [spark.sql('SELECT :a + 1 AS x', args={'a': 1}), spark.sql('SELECT ? AS x', args=[2])]",
        "dbutils.notebook.exit(str([row.first().x for row in rows]))",
    )
    assert found == "[2, 2]"
