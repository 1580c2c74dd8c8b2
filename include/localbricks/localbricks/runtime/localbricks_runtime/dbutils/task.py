"""The task that this process runs, from the run folder that LOCALBRICKS_RUN_FOLDER names."""

import json
import os
from pathlib import Path
from typing import Any


def run_folder() -> Path | None:
    """The run folder; None outside of a task."""
    folder = os.environ.get("LOCALBRICKS_RUN_FOLDER")
    return Path(folder) if folder else None


def task_key() -> str | None:
    """The task's key; None outside of a task."""
    return _content().get("task_key")


def notebook_task() -> dict[str, Any] | None:
    """The notebook that the task runs and its parameters; None for a task of another type."""
    return _content().get("task", {}).get("notebook_task")


def _content() -> dict[str, Any]:
    folder = run_folder()
    file = folder / "task.json" if folder else None
    return json.loads(file.read_text(encoding="utf-8")) if file and file.is_file() else {}
