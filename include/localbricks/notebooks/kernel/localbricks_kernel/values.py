"""`dbutils.jobs.taskValues`: small values that the tasks of one job run pass on."""

import json
import os
from pathlib import Path
from typing import Any

LIMIT_BYTES = 48 * 1024


class TaskValues:
    """Each task keeps its values in a JSON file of its own, in the folder LOCALBRICKS_TASK_VALUES."""

    def __init__(self, task_key: str) -> None:
        self._task_key = task_key

    def set(self, key: str, value: Any) -> None:
        """Pass a value on to later tasks. Raises TypeError or ValueError for no JSON, or more than 48 KiB of it."""
        text = _json(key, value)
        if len(text.encode()) > LIMIT_BYTES:
            size = len(text.encode())
            raise ValueError(
                f"task value {key!r} has {size:,} bytes as JSON; at most {LIMIT_BYTES:,} are allowed"
            )
        file = _file(self._task_key)
        known = _read(file)
        known[key] = json.loads(text)
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        draft.write_text(json.dumps(known), encoding="utf-8")
        draft.replace(file)

    def get(self, taskKey: str, key: str, default: Any = None, debugValue: Any = None) -> Any:  # noqa: N803
        """Return what a task passed on, else ``default``; ``debugValue`` counts only outside of jobs.

        Raises ValueError when there is neither a value nor a default.
        """
        known = _read(_file(taskKey))
        if key in known:
            return known[key]
        if default is not None:
            return default
        has = f"it has {', '.join(sorted(known))}" if known else "it has set none"
        raise ValueError(
            f"task {taskKey!r} has no value {key!r} in this run ({has}), and no default is given"
        )


def _json(key: str, value: Any) -> str:
    if not isinstance(key, str) or not key:
        raise TypeError(f"the key of a task value is a text, got {key!r}")
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise type(error)(f"task value {key!r} cannot be written as JSON: {error}") from error


def _file(task_key: str) -> Path:
    if not task_key or "/" in task_key or task_key.startswith("."):
        raise ValueError(f"{task_key!r} is no task key")
    return Path(os.environ["LOCALBRICKS_TASK_VALUES"]) / f"{task_key}.json"


def _read(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
