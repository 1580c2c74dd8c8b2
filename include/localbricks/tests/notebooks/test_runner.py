"""Notebooks in a real kernel; Spark is a stand-in, as the tests of a running stack have the real one."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localbricks.jobs.process.environments import RUNTIME_FOLDER

ROOT = Path(__file__).parents[2]
DIVIDER = "\n\n# COMMAND ----------\n\n"
SPARK = """
class DataFrame: pass
class SQLContext: pass
class SparkSession:
    sql = table = staticmethod(lambda *a, **k: None)
    class builder:
        @staticmethod
        def getOrCreate(): return SparkSession()
"""
STAND_IN = {"__init__": SPARK, "functions": "udf = None", "utils": "is_remote = lambda: True"}
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a notebook of these cells and gives its result."""
    (tmp_path / "stand-in" / "pyspark" / "sql").mkdir(parents=True)
    (tmp_path / "stand-in" / "pyspark" / "__init__.py").touch()
    for name, text in STAND_IN.items():
        (tmp_path / "stand-in" / "pyspark" / "sql" / f"{name}.py").write_text(text)
    (tmp_path / "secrets.json").write_text(json.dumps({"db": {"password": "open <sesame>"}}))
    (tmp_path / "workspace").mkdir()
    (tmp_path / "run").mkdir()

    def start(*cells: str, others: dict[str, str] | None = None) -> dict[str, Any]:
        for name, text in {"main": DIVIDER.join(cells), **(others or {})}.items():
            source = f"# Databricks notebook source\n{text}"
            (tmp_path / "workspace" / f"{name}.py").write_text(source)
        task = {"notebook_task": {"notebook_path": "/Workspace/main", "base_parameters": {"who": "Ann"}}}
        (tmp_path / "run" / "task.json").write_text(json.dumps({"task_key": "main", "task": task}))
        command = [sys.executable, "-m", "localbricks.notebooks", str(tmp_path / "run")]
        done = subprocess.run(command, env=_environment(tmp_path), capture_output=True, text=True)
        result = json.loads((tmp_path / "run" / "result.json").read_text())
        assert done.returncode == (1 if result["error"] else 0)
        return {**result, "log": done.stdout + done.stderr}

    return start


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, (folder / "stand-in", RUNTIME_FOLDER, ROOT))),
        "LOCALBRICKS_PYTHON": sys.executable,
        "LOCALBRICKS_SECRETS": str(folder / "secrets.json"),
        "LOCALBRICKS_TASK_VALUES": str(folder / "values"),
        "LOCALBRICKS_WORKSPACE": str(folder / "workspace"),
    }


def everything_written(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.rglob("*") if file.is_file())


def test_first_cells_as_people_write_them(run: Run) -> None:
    result = run(
        "# MAGIC %load_ext autoreload\n# MAGIC %autoreload 2",
        "# MAGIC %%time\n# MAGIC x = 1",
        "# what we need\n%pip install -q -U packaging\n%pip install 'packaging>=20'",
        "from databricks.sdk.runtime import dbutils as own\ndbutils.widgets.text('day', 'today')",
        "dbutils.notebook.exit(own.widgets.get('who') + own.widgets.get('day') + str(x))",
    )
    assert result["result"] == "Anntoday1", result["log"]


def test_a_restart_loses_variables_and_keeps_widgets(run: Run) -> None:
    result = run(
        "dbutils.widgets.text('day', 'today')\nx = 1",
        "try:\n    dbutils.library.restartPython()\nexcept Exception:\n    pass\nraise RuntimeError('after')",
        "# MAGIC %restart_python",
        "dbutils.notebook.exit(dbutils.widgets.get('day') + str('x' in globals()))",
    )
    assert result["result"] == "todayFalse", result["log"]


@pytest.mark.parametrize("line", ["%pip install nothing-4711", "!pip install nothing-4711"])
def test_what_pip_does_not_find_fails_the_notebook(run: Run, line: str) -> None:
    result = run(f"# what we need\n{line}")
    assert "nothing-4711 is not installed" in result["error"]


def test_a_magic_of_databricks_below_other_code_is_refused_by_name(run: Run) -> None:
    assert "%run must be the first line" in run("# first\n%run ./other")["error"]


def test_no_secret_leaves_a_notebook(run: Run, tmp_path: Path) -> None:
    result = run(
        "secret = dbutils.secrets.get('db', 'password')\nprint(secret)",
        "from html import escape\nfrom IPython.display import HTML, display as show",
        "show(HTML(escape(secret)))\nshow({'application/json': {'secret': [secret]}}, raw=True)",
        "raise KeyError(secret)",
    )
    assert result["error"] == "KeyError: '[REDACTED]'"
    written = everything_written(tmp_path / "run") + result["log"]
    assert "sesame" not in written
    assert written.count("[REDACTED]") > 5


def test_nor_does_it_by_exit(run: Run, tmp_path: Path) -> None:
    result = run("dbutils.notebook.exit('it is ' + dbutils.secrets.get('db', 'password'))")
    assert result["result"] == "it is [REDACTED]"
    assert "sesame" not in everything_written(tmp_path / "run")


def test_another_notebook_runs_with_its_own_widgets_and_values(run: Run) -> None:
    child = (
        "dbutils.jobs.taskValues.set('a', 1)\ndbutils.notebook.exit('child of ' + dbutils.widgets.get('who'))"
    )
    result = run(
        "value = dbutils.notebook.run('./child', 60, {'who': 'Bob'})",
        "dbutils.notebook.exit(value + str(dbutils.jobs.taskValues.get('child', 'a', default=0)))",
        others={"child": child},
    )
    assert result["result"] == "child of Bob0", result["log"]


def test_another_notebook_fails_by_name(run: Run) -> None:
    result = run("dbutils.notebook.run('/child', 60)", others={"child": "raise ValueError('no data')"})
    assert result["error"] == "WorkflowException: notebook /child failed: ValueError: no data"


def test_another_notebook_is_stopped_at_its_timeout(run: Run) -> None:
    child = "import time\ntime.sleep(600)"
    assert "took longer than 1 s" in run("dbutils.notebook.run('child', 1)", others={"child": child})["error"]


ENDLESS = "while True:\n    try:\n        print('x' * 1_000_000)\n    except BaseException:\n        pass"


@pytest.mark.parametrize("cell", [ENDLESS, "print('x' * (9 << 20))\ndbutils.notebook.exit('done')"])
def test_a_notebook_that_outputs_too_much_fails(run: Run, cell: str) -> None:
    result = run(cell, "raise AssertionError('after')")
    assert result["error"].startswith("The output of the notebook is too large: a cell may output 8 MB")
    assert len(result["log"]) < 10 << 20
