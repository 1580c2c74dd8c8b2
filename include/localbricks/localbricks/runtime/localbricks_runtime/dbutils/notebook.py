"""`dbutils.notebook`: `exit`, `run`, and the notebook's context."""

import json
import os
import posixpath
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from localbricks_paths import NOTEBOOK_RUNS, SESSION_FILE

from .task import notebook_task, run_folder
from .unsupported import Unsupported

EXIT_FILE = "notebook_exit.json"
# What the notebook itself sets later is not the other's: that runs in a process of its own.
STARTED_WITH = dict(os.environ)
STOP_SECONDS = 30


class NotebookExit(Exception):  # noqa: N818  (it is no error)
    """Ends the notebook well."""

    def _render_traceback_(self) -> list[str]:
        return [f"Notebook exited: {self}"]


class WorkflowException(Exception):  # noqa: N818  (Databricks' name)
    """A notebook that `dbutils.notebook.run` started has failed, or took too long."""


class Notebook:
    """`dbutils.notebook`. https://docs.databricks.com/aws/en/notebooks/notebook-workflows"""

    def exit(self, value: Any = "") -> None:
        """End the notebook with a value, which the run's output returns."""
        folder, _ = _here("exit")
        (folder / EXIT_FILE).write_text(json.dumps(str(value)), encoding="utf-8")
        raise NotebookExit(value)

    def run(self, path: str, timeout_seconds: int, arguments: Mapping[str, str] | None = None) -> str | None:
        """Run another notebook on the same compute in a process of its own, and return its exit value.

        Args:
            path: a workspace path, or one relative to this notebook's folder.
            timeout_seconds: how long it may take; 0 for any time.
            arguments: values of its widgets.

        Raises:
            WorkflowException: it failed, or took longer.
            TypeError: an argument is no text.
        """
        folder, own = _here("run")
        wrong = [name for name, value in (arguments or {}).items() if not isinstance(value, str)]
        if wrong:
            raise TypeError(f"dbutils.notebook.run {path}: arguments {', '.join(wrong)}: expected text")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(own["notebook_path"]), path))
        return _result(_run(folder, target, timeout_seconds, dict(arguments or {})), target)

    def getContext(self) -> "Context":  # noqa: N802
        """What is known of the notebook."""
        return Context()

    @property
    def entry_point(self) -> "EntryPoint":
        """The same by way of ``entry_point.getDbutils().notebook()``, as older code asks for it."""
        return EntryPoint()


class EntryPoint(Unsupported):
    """The JVM's door to dbutils, of which the notebook's context is there."""

    def __init__(self) -> None:
        super().__init__("entry_point")

    def getDbutils(self) -> "EntryPoint":  # noqa: N802
        """The JVM's dbutils."""
        return self

    def notebook(self) -> Notebook:
        """Its `dbutils.notebook`."""
        return Notebook()


class Known:
    """A value as Scala's Option has it."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get(self) -> str:
        """The value."""
        return self._value

    def getOrElse(self, default: Any) -> str:  # noqa: N802
        """The value, which is always there."""
        return self._value


class Context(Unsupported):
    """What a notebook may ask about itself; other questions are refused by name."""

    def __init__(self) -> None:
        super().__init__("notebook.getContext()")

    def notebookPath(self) -> Known:  # noqa: N802
        """The notebook's workspace path."""
        _, own = _here("getContext")
        return Known(own["notebook_path"].removeprefix("/Workspace"))

    def apiUrl(self) -> Known:  # noqa: N802
        """The workspace's address."""
        return Known(os.environ["DATABRICKS_HOST"])

    def apiToken(self) -> Known:  # noqa: N802
        """A token for the workspace's API."""
        return Known(os.environ["DATABRICKS_TOKEN"])


def _here(name: str) -> tuple[Path, dict[str, Any]]:
    folder, own = run_folder(), notebook_task()
    if folder is None or own is None:
        raise NotImplementedError(f"dbutils.notebook.{name}: this is no notebook")
    return folder, own


def _run(above: Path, path: str, seconds: int, arguments: dict[str, str]) -> dict[str, Any]:
    (above / NOTEBOOK_RUNS).mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=above / NOTEBOOK_RUNS))
    task = {"notebook_path": path, "base_parameters": arguments}
    content = {"task_key": folder.name, "task": {"notebook_task": task}}
    (folder / "task.json").write_text(json.dumps(content), encoding="utf-8")
    with (folder / "output.log").open("wb") as log:
        command = [*json.loads(STARTED_WITH["LOCALBRICKS_NOTEBOOK_RUNNER"]), str(folder)]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment(folder)
        )
        try:
            process.wait(seconds or None)
        except subprocess.TimeoutExpired:
            raise WorkflowException(f"notebook {path} took longer than {seconds} s and was stopped") from None
        finally:
            _end(process)
    result = folder / "result.json"
    return json.loads(result.read_text(encoding="utf-8")) if result.is_file() else {"error": "it was killed"}


def _environment(folder: Path) -> dict[str, str]:
    """The other notebook has the compute and the libraries of this one, and a session and task values of its own."""
    session = str(uuid4())
    remote = re.sub(r"(;session_id=)[^;]*", rf"\g<1>{session}", STARTED_WITH.get("SPARK_REMOTE", ""))
    if remote:
        (folder / SESSION_FILE).write_text(session, encoding="utf-8")
    return {
        **STARTED_WITH,
        **({"SPARK_REMOTE": remote} if remote else {}),
        "PYTHONPATH": STARTED_WITH["LOCALBRICKS_NOTEBOOK_RUNNER_PATH"],
        "LOCALBRICKS_RUN_FOLDER": str(folder),
        "LOCALBRICKS_TASK_VALUES": str(folder / "values"),
    }


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Stop it when it still runs: politely, so that it ends its kernel, then not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _result(result: dict[str, Any], path: str) -> str | None:
    if result["error"]:
        raise WorkflowException(f"notebook {path} failed: {result['error']}")
    value: str | None = result["result"]
    return value
