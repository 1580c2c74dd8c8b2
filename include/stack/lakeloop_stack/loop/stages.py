"""Closes the loop once: triggers ingest and follows the assets until the last stage has ended.

An ingest without new rows starts nothing; then the stage is triggered that still has something to do.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lakeloop_stack.loop.airflow_api import AirflowApi, DagRun, TaskState

STAGES = ("ingest", "transform", "train", "deploy", "score")
FAILED = ("failed", "upstream_failed")


class StageFailedError(RuntimeError):
    """A run failed; the message names the task, its page and the end of its log."""


@dataclass
class Round:
    """What one pass through the loop did."""

    runs: list[DagRun] = field(default_factory=list)

    def stage(self, stage: str) -> list[DagRun]:
        """The runs of one stage, oldest first."""
        return [run for run in self.runs if run.dag_id.endswith(f"_{stage}")]

    def seconds(self) -> dict[str, float]:
        """Run time per stage; a stage that ran twice counts twice."""
        return {stage: sum(run.seconds for run in self.stage(stage)) for stage in STAGES if self.stage(stage)}


@dataclass(frozen=True)
class Dags:
    """Ids of the DAGs of one use case's loop, the ingest of its source first."""

    source: str
    use_case: str

    @property
    def ids(self) -> list[str]:
        """In the order of the stages."""
        return [self.of(stage) for stage in STAGES]

    def of(self, stage: str) -> str:
        """``<source>_ingest``, ``<use case>_transform``, ..."""
        return f"{self.source if stage == 'ingest' else self.use_case}_{stage}"


def close_loop(
    api: AirflowApi,
    dags: Dags,
    report: Callable[[list[DagRun]], None],
    timeout_seconds: float,
    when_nothing_landed: Callable[[], str],
    poll_seconds: float = 1.0,
) -> Round:
    """Trigger the ingest and wait until nothing runs and no asset event waits.

    Args:
        report: called with all runs of this round whenever it looked.
        when_nothing_landed: stage to trigger when the ingest had nothing to announce.

    Raises:
        StageFailedError: as soon as a run has failed, or when ``timeout_seconds`` are over.
    """
    api.unpause(dags.ids)
    since, deadline = datetime.now(UTC), time.monotonic() + timeout_seconds
    api.trigger(dags.of("ingest"))
    done = _follow(api, dags, since, report, deadline, poll_seconds)
    if not done.stage("transform"):
        api.trigger(dags.of(when_nothing_landed()))
        done = _follow(api, dags, since, report, deadline, poll_seconds)
    return done


def _follow(
    api: AirflowApi,
    dags: Dags,
    since: datetime,
    report: Callable[[list[DagRun]], None],
    deadline: float,
    poll_seconds: float,
) -> Round:
    for runs in _until_quiet(api, dags.ids, since, poll_seconds):
        report(runs)
        _raise_on_failure(api, runs)
        if time.monotonic() > deadline:
            running = [f"{run.dag_id} ({run.state})" for run in runs if not run.done]
            raise StageFailedError(f"Not finished in time: {', '.join(running)}")
    return Round(runs)


def _until_quiet(
    api: AirflowApi, dag_ids: Sequence[str], since: datetime, poll_seconds: float
) -> Iterator[list[DagRun]]:
    """Yield the runs until all have ended and none can follow.

    The order matters: once every run has ended no new event can appear; once no event is queued after that, each
    has become a run; so if the list of runs is then unchanged, it is complete.
    """
    while True:
        runs = api.runs(dag_ids, since)
        yield runs
        if runs and all(run.done for run in runs) and not api.has_queued_events(dag_ids):
            if api.runs(dag_ids, since) == runs:
                return
        else:
            time.sleep(poll_seconds)


def _raise_on_failure(api: AirflowApi, runs: Sequence[DagRun]) -> None:
    failed = next((run for run in runs if run.state == "failed"), None)
    if failed is not None:
        raise StageFailedError(_describe(api, failed))


def _describe(api: AirflowApi, run: DagRun) -> str:
    tasks = api.tasks(run)
    culprits = [task for task in tasks if task.state == "failed"] or [t for t in tasks if t.state in FAILED]
    if not culprits:
        return (
            f"{run.dag_id} failed without a failed task: {api.base_url}/dags/{run.dag_id}/runs/{run.run_id}"
        )
    return "\n\n".join(_describe_task(api, run, task) for task in culprits[:2])


def _describe_task(api: AirflowApi, run: DagRun, task: TaskState) -> str:
    log = "\n".join(f"    {line}" for line in api.log_tail(run, task))
    return f"{run.dag_id}.{task.task_id} failed (try {task.try_number}): {api.task_url(run, task)}\n{log}"
