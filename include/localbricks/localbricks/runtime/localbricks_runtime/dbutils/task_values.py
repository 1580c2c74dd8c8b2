"""`dbutils.jobs.taskValues`: small values that tasks of one job run pass on; each task writes a file of its own."""

import json
import os
from pathlib import Path
from typing import Any

from .task import task_key

LIMIT = 48 * 1024  # bytes, as on Databricks


class Jobs:
    """`dbutils.jobs`."""

    def __init__(self) -> None:
        self.taskValues = TaskValues()


class TaskValues:
    """`set` in one task, `get` in a later one."""

    def set(self, key: str, value: Any) -> None:
        """Pass a value of JSON on to later tasks. Raises ValueError above 48 KiB."""
        folder, task = _folder(), task_key()
        if folder is None or task is None:
            return  # as on Databricks, nothing happens outside of a job
        text = json.dumps(value)
        if len(text.encode()) > LIMIT:
            raise ValueError(f"task value {key}: {len(text):,} bytes as JSON, expected at most {LIMIT:,}")
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{task}.json"
        draft = file.with_suffix(".tmp")
        draft.write_text(json.dumps({**_read(file), key: value}), encoding="utf-8")
        draft.replace(file)

    def get(self, taskKey: str, key: str, default: Any = None, debugValue: Any = None) -> Any:  # noqa: N803
        """What a task passed on, else `default`; outside of a job `debugValue`."""
        folder = _folder()
        if folder is None or task_key() is None:
            if debugValue is None:
                raise TypeError("outside of a job, dbutils.jobs.taskValues.get needs debugValue")
            return debugValue
        known = _read(folder / f"{taskKey}.json")
        if key not in known and default is None:
            raise ValueError(f"task {taskKey} has no value {key!r}; it has {', '.join(known) or 'none'}")
        return known.get(key, default)


def _folder() -> Path | None:
    folder = os.environ.get("LOCALBRICKS_TASK_VALUES")
    return Path(folder) if folder else None


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
