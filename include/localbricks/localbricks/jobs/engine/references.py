"""Value references: ``{{job.run_id}}``, ``{{tasks.train.values.version}}`` and the like.

Names of https://docs.databricks.com/aws/en/jobs/dynamic-value-references and the older forms without a dot.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..process.sources import SetupError
from .records import Run, TaskRun

REFERENCE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
CODE = "INVALID_RUN_CONFIGURATION"
TIMES: dict[str, Callable[[datetime], str]] = {
    "iso_date": lambda time: time.strftime("%Y-%m-%d"),
    "iso_datetime": lambda time: time.isoformat(timespec="seconds").replace("+00:00", "Z"),
    "year": lambda time: str(time.year),
    "month": lambda time: str(time.month),
    "day": lambda time: str(time.day),
    "hour": lambda time: str(time.hour),
    "minute": lambda time: str(time.minute),
    "second": lambda time: str(time.second),
    "timestamp_ms": lambda time: str(int(time.timestamp() * 1000)),
    "iso_weekday": lambda time: str(time.isoweekday()),
    "is_weekday": lambda time: str(time.isoweekday() < 6).lower(),
}


@dataclass(frozen=True)
class References:
    """What references of one attempt may mean.

    Attributes:
        job_parameters: value of each job parameter.
        upstream: last attempt of each task that must have ended before this one.
        values: folder of the task values, one JSON object ``<task_key>.json`` per task.
        url: address of the workspace.
    """

    run: Run
    task_run: TaskRun
    job_parameters: Mapping[str, str]
    upstream: Mapping[str, TaskRun]
    values: Path
    url: str
    notebook_path: str | None = None

    def fill(self, value: Any) -> Any:
        """Return the value with the references in all its strings replaced; raises SetupError for an unknown one."""
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        return REFERENCE.sub(lambda match: self.look_up(match[1]), value) if isinstance(value, str) else value

    def look_up(self, name: str) -> str:
        """Return what one reference stands for."""
        simple = self._simple()
        if name in simple:
            return simple[name]
        parts = name.split(".")
        if (
            parts[:2] in (["job", "start_time"], ["job", "trigger"])
            and parts[-1] in TIMES
            and len(parts) <= 4
        ):
            return TIMES[parts[-1]](datetime.fromtimestamp(self.run.start_time / 1000, UTC))
        if name.startswith("job.parameters."):
            return self._job_parameter(name)
        if parts[0] == "tasks" and len(parts) >= 3:
            return self._of_task(name, *parts[1:])
        raise _unknown(name, f"expected one of {', '.join(sorted(simple))}, job.parameters.*, tasks.*")

    def _simple(self) -> dict[str, str]:
        run, attempt = self.run, self.task_run
        start = datetime.fromtimestamp(run.start_time / 1000, UTC)
        values = {
            "job.id": run.job_id,
            "job.name": run.name,
            "job.run_id": run.run_id,
            "job.repair_count": 0,
            "job.trigger.type": "ONE_TIME",
            "task.name": attempt.task_key,
            "task.run_id": attempt.run_id,
            "task.execution_count": attempt.attempt + 1,
            "workspace.id": 0,
            "workspace.url": self.url,
            "job_id": run.job_id,
            "run_id": attempt.run_id,
            "parent_run_id": run.run_id,
            "task_key": attempt.task_key,
            "task_retry_count": attempt.attempt,
            "start_date": TIMES["iso_date"](start),
            "start_time": run.start_time,
        }
        if self.notebook_path is not None:
            values["task.notebook_path"] = self.notebook_path
        return {name: str(value) for name, value in values.items()}

    def _job_parameter(self, name: str) -> str:
        key = name.removeprefix("job.parameters.")
        if key not in self.job_parameters:
            known = ", ".join(sorted(self.job_parameters)) or "none"
            raise _unknown(name, f"the job defines {known}")
        return self.job_parameters[key]

    def _of_task(self, name: str, key: str, *rest: str) -> str:
        if key not in self.upstream:
            known = ", ".join(sorted(self.upstream)) or "nothing"
            raise _unknown(name, f"task {self.task_run.task_key} depends on {known}")
        task = self.upstream[key]
        if rest[0] == "values" and len(rest) > 1:
            return self._task_value(name, key, ".".join(rest[1:]))
        fields = {
            "result_state": (task.result or "").lower(),
            "run_id": str(task.run_id),
            "execution_count": str(task.attempt + 1),
            "error_code": task.code if task.result != "SUCCESS" and task.code else "",
        }
        if len(rest) != 1 or rest[0] not in fields:
            raise _unknown(name, f"expected values.* or one of {', '.join(sorted(fields))}")
        return fields[rest[0]]

    def _task_value(self, name: str, key: str, value_key: str) -> str:
        values = task_values(self.values, key)
        if value_key not in values:
            raise _unknown(name, f"task {key} set {', '.join(sorted(values)) or 'no value'}")
        value = values[value_key]
        return value if isinstance(value, str) else json.dumps(value)


def task_values(folder: Path, task_key: str) -> dict[str, Any]:
    """Return the values that a task has set, an empty object when it set none."""
    try:
        values = json.loads((folder / f"{task_key}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return dict(values)


def _unknown(name: str, expected: str) -> SetupError:
    return SetupError(f"{{{{{name}}}}} cannot be resolved: {expected}", CODE)
