"""``lakeloop run``: replays real data, closes the loop, replays more of them and closes it again."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from lakeloop.config import EventSource, FileSource, RankingUseCase, Source, StreamUseCase, Target, UseCase
from lakeloop.lifecycle.kafka import connection
from lakeloop_datasets.replay import Report, replay
from lakeloop_datasets.sending import Live, Sent, send

from ..machine.memory import PeakMemory
from ..machine.processes import of_stack
from ..services.airflow_environment import airflow_url
from ..services.preparations import s3_client
from ..services.realtime.suggesting import suggester_url
from ..supervisor.readiness import StackError
from ..supervisor.steps import Step
from ..supervisor.up import Started
from .airflow_api import AirflowApi, DagRun
from .decisions import DecisionReader, RealTime
from .reaction import reaction
from .stages import Dags, Round, close_loop
from .suggestions import suggestions
from .summary import Summary, has_champion, summarise

# An import error that has stood for so long will not go away by itself.
IMPORT_ERROR_SECONDS = 180
Say = Callable[[str], None]
Waiting = Callable[[str], AbstractContextManager[Any]]


@dataclass
class Arrival:
    """The data through one day, written to S3 or sent to Kafka as a step of its own."""

    source: Source
    target: Target
    through: date
    report: Report | Sent | None = None
    seconds: float = 0.0
    live: Live | None = None

    def step(self, environment: Mapping[str, str]) -> Step:
        """Replay the data as soon as there is a place for them, while the rest of the stack starts."""
        place = "kafka" if isinstance(self.source, EventSource) else "bucket"
        return Step("replay", lambda _: self.deliver(environment), after=(place,))

    def deliver(self, environment: Mapping[str, str]) -> Report | Sent:
        """Write what has arrived through the day and is not there yet, unless this arrival did so before."""
        if self.report is None:
            began = time.monotonic()
            self.report = self._replayed(environment)
            self.seconds = time.monotonic() - began
        return self.report

    def _replayed(self, environment: Mapping[str, str]) -> Report | Sent:
        if isinstance(self.source, EventSource):
            client = connection(self.target, environment).client
            return send(self.source, self.through, client, live=self.live)
        assert isinstance(self.source, FileSource)
        return replay(self.source, self.target, self.through, s3_client(environment))


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
    target: Target
    say: Say
    waiting: Waiting
    timeout_seconds: float
    stages: dict[str, float] = field(default_factory=dict)
    real_time: RealTime | None = None

    def deliver(self, arrival: Arrival) -> int:
        """Replay the data unless that was done while the stack started; returns how many files or events are new.

        Events that come when there is a champion are decided on as they come.
        """
        with self.waiting(f"Replaying {arrival.source.name} through {arrival.through}"):
            decides = isinstance(self.use_case, StreamUseCase) and self._has_champion()
            report = self._decide(arrival) if decides else arrival.deliver(self.started.environment)
        self._add("replay", arrival.seconds)
        self.say(str(report))
        return report.written

    def _decide(self, arrival: Arrival) -> Report | Sent:
        """Send the events one by one, in the order of their time, and wait until the stream has decided on all."""
        assert isinstance(self.use_case, StreamUseCase)
        assert isinstance(arrival.source, EventSource)
        table = self.use_case.stream.events
        arrival.live = Live(table)
        client = connection(self.target, self.started.environment).client
        with DecisionReader(client, self.use_case.name, arrival.source.topic(table)) as reader:
            report = arrival.deliver(self.started.environment)
            reader.wait(self.timeout_seconds)
        self.real_time = reader.found(arrival.live.sent)
        return report

    def close(self) -> Round:
        """Drive the DAGs once around. Raises StageFailedError naming the task and its log."""
        dags = Dags(self.use_case.source, self.use_case.name)
        with self.waiting("Waiting for Airflow to parse the DAGs"):
            api = AirflowApi(airflow_url(self.started.settings))
            wait_for_dags(api, dags, self.started.settings.ready_seconds)
        followed = RunReport(self.say)
        with self.waiting("ingest, transform, train, deploy, score"):
            done = close_loop(api, dags, followed, self.timeout_seconds, self._stage_without_new_rows)
        for stage, seconds in done.seconds().items():
            self._add(stage, seconds)
        return done

    def _stage_without_new_rows(self) -> str:
        """Score once there is a champion; before, the features that one is trained on may not be there."""
        return "score" if self._has_champion() else "transform"

    def _has_champion(self) -> bool:
        model = self.target.model_name(self.use_case)
        return has_champion(self.started.environment["MLFLOW_TRACKING_URI"], model)

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
    use_case: UseCase,
    target: Target,
    arrivals: Sequence[Arrival],
    say: Say,
    waiting: Waiting,
    timeout_seconds: float = 1200,
) -> Summary:
    """Close the loop after each arrival that brings something, and after the last in any case.

    Args:
        arrivals: what arrives one after the other; none: the files that were delivered by other means.

    Raises:
        StageFailedError: a stage failed; the message names the task and shows its log.
    """
    began = time.monotonic()
    loop = Loop(started, use_case, target, say, waiting, timeout_seconds, {"up": started.seconds})
    with PeakMemory(lambda: of_stack(started.settings.home)) as memory:
        for arrival in arrivals[:-1]:
            if loop.deliver(arrival):
                loop.close()
        for arrival in arrivals[-1:]:
            loop.deliver(arrival)
        loop.close()
    total = started.seconds + time.monotonic() - began
    summary = summarise(use_case, target, started.environment, loop.stages, total, memory.peak_mb)
    summary = replace(summary, real_time=loop.real_time)
    if isinstance(use_case, RankingUseCase):
        summary = _with_suggestions(summary, use_case, target, started)
    summary.write(started.settings.home / "summary.json")
    return summary


def wait_for_dags(
    api: AirflowApi, dags: Dags, ready_seconds: float, error_seconds: float = IMPORT_ERROR_SECONDS
) -> None:
    """Wait until Airflow knows all DAGs of the use case.

    Args:
        ready_seconds: how long a busy machine may take to parse them.
        error_seconds: how long an import error may stand meanwhile.

    Raises:
        StackError: DAGs are missing after that; the message names them, with what hinders them.
    """
    began = time.monotonic()
    while missing := set(dags.ids) - api.known_dags():
        seconds, errors = time.monotonic() - began, api.import_errors()
        if seconds > ready_seconds or (errors and seconds > error_seconds):
            hindrance = "\n".join(errors) or "Airflow reports no import error; see lakeloop logs"
            raise StackError(
                f"Airflow has not parsed {', '.join(sorted(missing))} within {seconds:.0f} s:\n{hindrance}"
            )
        time.sleep(0.5)


def _with_suggestions(
    summary: Summary, use_case: RankingUseCase, target: Target, started: Started
) -> Summary:
    """Those of the holdout, and where real time runs how one changes with an interaction."""
    found = suggestions(use_case, target, started.environment)
    if not (started.settings.realtime and found):
        return replace(summary, suggestions=found)
    url = suggester_url(started.settings, use_case.name)
    seen = reaction(url, found[0].entity, summary.scored_as_of, summary.champion_version)
    return replace(summary, suggestions=found, reaction=seen)
