"""What is remembered about jobs, runs and task runs. Times are milliseconds since 1970, 0 while not reached."""

import time
from dataclasses import dataclass, field, fields
from typing import Any

TERMINAL = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})


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

    def columns(self) -> dict[str, Any]:
        """Return the columns that a record changes when it ends so."""
        return {
            "life_cycle": self.life_cycle,
            "result": self.result,
            "message": self.message,
            "code": self.code,
        }


SUCCESS = End("SUCCESS", "", "SUCCESS")


def internal_error(message: str) -> End:
    """Return the end of something that failed through no fault of the user's code."""
    return End("FAILED", message, "INTERNAL_ERROR", "INTERNAL_ERROR")


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
        stop: ``CANCELED`` or ``TIMEDOUT`` once the run is to stop.
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
    end_time: int = 0
    stop: str | None = None


@dataclass(frozen=True, kw_only=True)
class TaskRun(State):
    """One attempt of one task.

    Attributes:
        launch_time: when the process started; before it, the attempt was set up.
        pid, pid_created: the process, and when the system says it was created (guards against a reused pid).
        task: the task's settings with references replaced; empty until they are.
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
    stop: str | None = None


def columns(record: type) -> list[str]:
    """Return the names of the record's fields, which are its table's columns."""
    return [entry.name for entry in fields(record)]
