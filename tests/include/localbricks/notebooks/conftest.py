"""The kernel's own package, importable as it is inside a kernel, and notebooks run in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from include.localbricks.notebooks import __file__ as package

NOTEBOOKS = Path(package).parent
HEADER = "# Databricks notebook source\n"
DIVIDER = "\n\n# COMMAND ----------\n\n"
sys.path.append(str(NOTEBOOKS / "kernel"))


class Bench:
    """A workspace and a run folder, and notebooks run in them as a task's process would."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "workspace"
        self.run_folder = folder / "run"
        self.values = folder / "values"
        self.secrets = folder / "secrets.json"
        for path in (self.workspace / "Shared", self.run_folder, self.values):
            path.mkdir(parents=True)
        self.secrets.write_text(json.dumps({"db": {"password": "open sesame"}}))

    def save(self, name: str, *cells: str) -> None:
        """Write a notebook below /Shared."""
        (self.workspace / "Shared" / f"{name}.py").write_text(HEADER + DIVIDER.join(cells), encoding="utf-8")

    def start(self, name: str, **parameters: str) -> "subprocess.Popen[str]":
        """Start a notebook of /Shared."""
        own = {"notebook_path": f"/Workspace/Shared/{name}", "base_parameters": parameters}
        task = {"task_key": name, "run_id": 3, "job_id": 1, "job_run_id": 2, "task": {"notebook_task": own}}
        (self.run_folder / "task.json").write_text(json.dumps(task))
        environment = {
            **os.environ,
            "LOCALBRICKS_WORKSPACE": str(self.workspace),
            "LOCALBRICKS_TASK_VALUES": str(self.values),
            "LOCALBRICKS_SECRETS": str(self.secrets),
        }
        return subprocess.Popen(
            [sys.executable, "-P", str(NOTEBOOKS / "run.py"), str(self.run_folder)],
            cwd=self.run_folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, name: str, **parameters: str) -> tuple[int, str, dict[str, Any]]:
        """Run a notebook to its end; returns the exit code, what was printed, and result.json."""
        process = self.start(name, **parameters)
        printed, _ = process.communicate(timeout=120)
        return process.returncode, printed, self.result()

    def result(self) -> dict[str, Any]:
        """Return result.json."""
        return json.loads((self.run_folder / "result.json").read_text(encoding="utf-8"))

    @property
    def page(self) -> str:
        """Content of notebook.html."""
        return (self.run_folder / "notebook.html").read_text(encoding="utf-8")

    def cells(self) -> list[dict[str, Any]]:
        """Return the cells of notebook.ipynb."""
        return json.loads((self.run_folder / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
