"""What is remembered about jobs, runs and task runs. Times are milliseconds since 1970, 0 while not reached."""

import time
from dataclasses import dataclass, field, fields
from typing import Any

from .states import TERMINAL


def now() -> int:
    """Return the time in milliseconds since 1970."""
    return int(time.time() * 1000)


@dataclass(frozen=True)
class End:
    """How a run or a task run ended; ``code`` is Databricks' termination code."""

    result: str
    message: str = ""
    code: str = "RUN_EXECUTION_ERROR"
    life_cycle: str = "TERMINATED"

    def outcome(self) -> dict[str, Any]:
        """The columns, beside its state, that a record changes when it ends so."""
        return {"result": self.result, "message": self.message, "code": self.code}


SUCCESS = End("SUCCESS", "", "SUCCESS")


STOPPED = {
    "CANCELED": End("CANCELED", "Run cancelled.", "USER_CANCELED"),
    "TIMEDOUT": End("TIMEDOUT", "The run took longer than its timeout_seconds and was stopped.", "CANCELED"),
}
"""How something ends that was stopped, by the reason."""


def internal_error(message: str, code: str = "INTERNAL_ERROR") -> End:
    """The end of something that failed before the user's code ran, or through no fault of it."""
    return End("FAILED", message, code, "INTERNAL_ERROR")


@dataclass(frozen=True)
class State:
    """The state that runs and task runs share."""

    life_cycle: str = "PENDING"
    result: str | None = None
    message: str = ""
    code: str | None = None

    @property
    def ended(self) -> bool:
        """Whether the state is final."""
        return self.life_cycle in TERMINAL


@dataclass(frozen=True, kw_only=True)
class Job:
    """A saved job; ``settings`` as the client sent them."""

    job_id: int
    settings: dict[str, Any]
    created_time: int


@dataclass(frozen=True, kw_only=True)
class Run(State):
    """A run of a job, or a one-time run.

    Attributes:
        definition: the job's settings, or the body of ``runs/submit``, as they were when the run began.
        parameters: ``{"job_parameters": [{"name", "default", "value"}], "overriding_parameters": {...}}``.
        start_time: when it was asked for.
        admitted_time: when it was let out of the queue, or repaired; its ``timeout_seconds`` count from here.
        stop: ``CANCELED`` or ``TIMEDOUT`` once the run is to stop; the first reason stays.
        repair_id: the repair that it is in, 0 before the first.
        history: how the original run and each repair before the present one ended, as :func:`section` tells it.
    """

    run_id: int
    job_id: int
    run_type: str
    name: str
    number_in_job: int
    definition: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    token: str | None = None
    start_time: int = 0
    admitted_time: int = 0
    end_time: int = 0
    stop: str | None = None
    repair_id: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class TaskRun(State):
    """One attempt of one task.

    Attributes:
        launch_time: when the process started; before it, the attempt was set up.
        pid, pid_created: the process, and when the system says it was created (guards against a reused pid).
        task: the task's settings with references replaced; empty until they are.
        not_before: the earliest start of a retry.
        session_id: of its Spark Connect session; None on a job cluster, and before the process starts.
        repair_id: the repair that it was made by, 0 for the original run.
    """

    run_id: int
    job_run_id: int
    task_key: str
    attempt: int = 0
    start_time: int = 0
    launch_time: int = 0
    end_time: int = 0
    pid: int | None = None
    pid_created: float | None = None
    task: dict[str, Any] = field(default_factory=dict)
    not_before: int = 0
    session_id: str | None = None
    repair_id: int = 0
    stop: str | None = None


def section(run: Run) -> dict[str, Any]:
    """How the present part of a run, the original one or a repair, went so far: an item of ``Run.history``."""
    names = ("repair_id", "admitted_time", "end_time", "life_cycle", "result", "message", "code")
    return {name: getattr(run, name) for name in names}


def columns(record: type) -> list[str]:
    """Return the names of the record's fields, which are its table's columns."""
    return [entry.name for entry in fields(record)]
