"""Value references: ``{{job.run_id}}``, ``{{tasks.train.values.version}}`` and the like.

Names and rules of https://docs.databricks.com/aws/en/jobs/dynamic-value-references, and the older forms without a dot.
What is no reference (``{{ name }}``, a missing brace) is text and stays as it is; what is in a known namespace but not
there (``{{job.nmae}}``) is an error. Keys with other characters than letters, digits and ``_`` stand in backticks.
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
PART = re.compile(r"`([^`]+)`|([^.`]+)")
NAMESPACES = ("job", "task", "tasks", "workspace")
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
        """Return the value with the references in all its strings replaced.

        Raises SetupError for one that is not there although its namespace is known.
        """
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        return REFERENCE.sub(self._replaced, value) if isinstance(value, str) else value

    def _replaced(self, match: re.Match[str]) -> str:
        name, parts = match[1], _parts(match[1])
        simple = self._simple()
        if name in simple:
            return simple[name]
        if not parts or parts[0] not in NAMESPACES or len(parts) == 1:
            return match[0]
        return self._look_up(name, parts)

    def _look_up(self, name: str, parts: list[str]) -> str:
        """What a reference of a known namespace stands for."""
        if parts[:2] == ["job", "parameters"] and len(parts) == 3:
            return self._job_parameter(name, parts[2])
        if parts[0] == "tasks" and len(parts) >= 3:
            return self._of_task(name, *parts[1:])
        times = {"job.start_time": self._started, "job.trigger.time": self.run.start_time}
        prefix, _, argument = name.rpartition(".")
        if prefix in times and argument in TIMES:
            return TIMES[argument](datetime.fromtimestamp(times[prefix] / 1000, UTC))
        raise _unknown(
            name, f"expected one of {', '.join(sorted(self._simple()))}, job.parameters.*, tasks.*"
        )

    @property
    def _started(self) -> int:
        """When the run began to run, which is later than it was asked for when it had to wait in the queue."""
        return self.run.admitted_time or self.run.start_time

    def _simple(self) -> dict[str, str]:
        run, attempt = self.run, self.task_run
        start = datetime.fromtimestamp(self._started / 1000, UTC)
        values = {
            "job.id": run.job_id,
            "job.name": run.name,
            "job.run_id": run.run_id,
            "job.repair_count": len(run.history),
            "job.trigger.type": "one_time",
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
            "start_time": self._started,
        }
        if self.notebook_path is not None:
            values["task.notebook_path"] = self.notebook_path
        return {name: str(value) for name, value in values.items()}

    def _job_parameter(self, name: str, key: str) -> str:
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
            "error_code": _camel_case(task.code) if task.result != "SUCCESS" and task.code else "",
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


def _parts(name: str) -> list[str]:
    """The keys between the dots, those in backticks without them; nothing when the name is not written so."""
    found = [match[1] or match[2] for match in PART.finditer(name)]
    written = re.fullmatch(r"(`[^`]+`|[^.`]+)(\.(`[^`]+`|[^.`]+))*", name)
    return found if written else []


def _camel_case(code: str) -> str:
    """``RUN_EXECUTION_ERROR`` as the references give it: ``RunExecutionError``."""
    return "".join(word.capitalize() for word in code.split("_"))


def _unknown(name: str, expected: str) -> SetupError:
    return SetupError(f"{{{{{name}}}}} cannot be resolved: {expected}", CODE)
