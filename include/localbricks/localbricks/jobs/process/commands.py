"""The command line of a task, from its settings with parameters merged and references filled in."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .sources import fetch

WHEEL_RUNNER = Path(__file__).with_name("wheel_runner.py")
IMPORT_ROOT = Path(__file__).parents[3]


def merged(
    task: Mapping[str, Any], job_parameters: Mapping[str, str], overriding: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the task with the parameters of its run: job parameters win over the task's own, ``run-now``'s over both.

    Args:
        task: settings of the task as JSON.
        overriding: the older parameters of ``run-now``: ``notebook_params``, ``python_params``, ...
    """
    result = dict(task)
    if "notebook_task" in task:
        own = task["notebook_task"]
        parameters = {
            **own.get("base_parameters", {}),
            **job_parameters,
            **overriding.get("notebook_params", {}),
        }
        result["notebook_task"] = {**own, "base_parameters": parameters}
    elif "python_wheel_task" in task:
        result["python_wheel_task"] = _wheel(task["python_wheel_task"], job_parameters, overriding)
    elif "python_params" in overriding:
        result["spark_python_task"] = {**task["spark_python_task"], "parameters": overriding["python_params"]}
    return result


def command(task: Mapping[str, Any], folder: Path, root: Path, python: Path) -> tuple[list[str], Path]:
    """Return the command and the folder it starts in; raises SetupError when a Python file cannot be had.

    Args:
        folder: run folder.
        root: root folder of the workspace's files.
        python: interpreter of the task's environment; a notebook's kernel runs in it, the notebook's runner in ours.
    """
    if "notebook_task" in task:
        return [sys.executable, "-m", "localbricks.notebooks", str(folder)], folder
    if "python_wheel_task" in task:
        own = task["python_wheel_task"]
        start = [str(python), "-P", str(WHEEL_RUNNER), own["package_name"], own["entry_point"]]
        return [*start, *_arguments(own)], folder
    own = task["spark_python_task"]
    file = fetch(root, own["python_file"], folder / "downloads")
    return [str(python), str(file), *own.get("parameters", [])], file.parent


def import_folders(task: Mapping[str, Any]) -> list[Path]:
    """Return what a task's process imports beside its libraries: the notebook runner is part of this package."""
    return [IMPORT_ROOT] if "notebook_task" in task else []


def _wheel(
    own: Mapping[str, Any], job_parameters: Mapping[str, str], overriding: Mapping[str, Any]
) -> dict[str, Any]:
    if "python_params" in overriding:
        kept = {key: value for key, value in own.items() if key != "named_parameters"}
        return {**kept, "parameters": overriding["python_params"]}
    given = overriding.get("python_named_params")
    if own.get("named_parameters") is None and given is None:
        return dict(own)
    kept = {key: value for key, value in own.items() if key != "parameters"}
    named = {**(own.get("named_parameters") or {}), **job_parameters, **(given or {})}
    return {**kept, "named_parameters": named}


def _arguments(own: Mapping[str, Any]) -> list[str]:
    named = own.get("named_parameters") or {}
    return [*(own.get("parameters") or []), *(f"--{name}={value}" for name, value in named.items())]
