"""``lakeloop run``: replays real data, closes the loop, replays four more weeks and closes it again."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from lakeloop.config import Target, UseCase
from lakeloop_datasets.replay import Report, replay

from ..machine.memory import PeakMemory
from ..machine.processes import of_stack
from ..services.airflow_environment import airflow_url
from ..services.preparations import s3_client
from ..supervisor.readiness import StackError
from ..supervisor.steps import Step
from ..supervisor.up import Started
from .airflow_api import AirflowApi, DagRun
from .stages import STAGES, Round, close_loop
from .summary import Summary, summarise

# An import error that has stood for so long will not go away by itself.
IMPORT_ERROR_SECONDS = 180
Say = Callable[[str], None]
Waiting = Callable[[str], AbstractContextManager[Any]]


@dataclass
class Arrival:
    """The data through one week, written to S3 as a step of its own."""

    use_case: UseCase
    target: Target
    through_week: int
    report: Report | None = None
    seconds: float = 0.0

    def step(self, environment: Mapping[str, str]) -> Step:
        """Replay the data as soon as the bucket is there, while the rest of the stack starts."""
        return Step("replay", lambda _: self.deliver(environment), after=("bucket",))

    def deliver(self, environment: Mapping[str, str]) -> Report:
        """Write what has arrived through the week and is not there yet, unless this arrival did so before."""
        if self.report is None:
            began = time.monotonic()
            self.report = replay(self.use_case, self.target, self.through_week, s3_client(environment))
            self.seconds = time.monotonic() - began
        return self.report


@dataclass
class Loop:
    """One ``lakeloop run``.

    Args:
        say: told each thing that happened, in one line.
        waiting: shows what is being waited for while its context lasts.
        stages: run time of each stage so far, in seconds.
    """

    started: Started
    use_case: UseCase
    say: Say
    waiting: Waiting
    timeout_seconds: float
    stages: dict[str, float] = field(default_factory=dict)

    def deliver(self, arrival: Arrival) -> int:
        """Replay the data unless that was done while the stack started; returns how many files are new."""
        with self.waiting(f"Replaying {self.use_case.name} through week {arrival.through_week}"):
            report = arrival.deliver(self.started.environment)
        self._add("replay", arrival.seconds)
        self.say(str(report))
        return report.written

    def close(self) -> Round:
        """Drive the DAGs once around. Raises StageFailedError naming the task and its log."""
        with self.waiting("Waiting for Airflow to parse the DAGs"):
            api = self._api()
        followed = RunReport(self.say)
        with self.waiting("ingest, transform, train, deploy, score"):
            done = close_loop(api, self.use_case.name, followed, self.timeout_seconds)
        for stage, seconds in done.seconds().items():
            self._add(stage, seconds)
        return done

    def _api(self) -> AirflowApi:
        api = AirflowApi(airflow_url(self.started.settings))
        wait_for_dags(api, self.use_case.name, self.started.settings.ready_seconds)
        return api

    def _add(self, stage: str, seconds: float) -> None:
        self.stages[stage] = self.stages.get(stage, 0.0) + seconds


class RunReport:
    """Says each change of a DAG run's state once."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._seen: dict[str, str] = {}

    def __call__(self, runs: list[DagRun]) -> None:
        for run in runs:
            key = f"{run.dag_id}/{run.run_id}"
            if run.state != self._seen.get(key) and run.state != "queued":
                self._seen[key] = run.state
                took = f" {run.seconds:6.1f} s" if run.done else ""
                self._say(f"  {run.dag_id:<18} {run.state:<8}{took}")


def run_loop(
    started: Started,
    first: Arrival,
    last: Arrival,
    say: Say,
    waiting: Waiting,
    timeout_seconds: float = 1200,
) -> Summary:
    """Close the loop at the first horizon, then at the last; returns what it left behind.

    When nothing new arrives until the first horizon, an earlier run has been there, and only the last is closed: it
    always is, so that the night is scored again.

    Raises:
        StageFailedError: a stage failed; the message names the task and shows its log.
    """
    began = time.monotonic()
    loop = Loop(started, first.use_case, say, waiting, timeout_seconds, {"up": started.seconds})
    with PeakMemory(lambda: of_stack(started.settings.home)) as memory:
        if loop.deliver(first):
            loop.close()
        loop.deliver(last)
        done = loop.close()
    total = started.seconds + time.monotonic() - began
    summary = summarise(
        last.use_case, last.target, started.environment, night_of(done), loop.stages, total, memory.peak_mb
    )
    summary.write(started.settings.home / "summary.json")
    return summary


def night_of(done: Round) -> str:
    """The night (``YYYY-MM-DD``) that the last scoring run of this round has written."""
    scored = done.stage("score")
    if not scored:
        raise StackError("The loop ended without a scoring run; see the DAG of the stage score in Airflow")
    return scored[-1].run_after.astimezone(UTC).date().isoformat()


def wait_for_dags(
    api: AirflowApi, use_case: str, ready_seconds: float, error_seconds: float = IMPORT_ERROR_SECONDS
) -> None:
    """Wait until Airflow knows all DAGs of the use case.

    Args:
        ready_seconds: how long a busy machine may take to parse them.
        error_seconds: how long an import error may stand meanwhile.

    Raises:
        StackError: DAGs are missing after that; the message names them, with what hinders them.
    """
    dag_ids = {f"{use_case}_{stage}" for stage in STAGES}
    began = time.monotonic()
    while missing := dag_ids - api.known_dags():
        seconds, errors = time.monotonic() - began, api.import_errors()
        if seconds > ready_seconds or (errors and seconds > error_seconds):
            hindrance = "\n".join(errors) or "Airflow reports no import error; see lakeloop logs"
            raise StackError(
                f"Airflow has not parsed {', '.join(sorted(missing))} within {seconds:.0f} s:\n{hindrance}"
            )
        time.sleep(0.5)
