"""A search is kept in MLflow trial by trial: whatever kills it, the next attempt goes on from there."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle.search import choice, figures
from lakeloop.lifecycle.search.preparation import Prepared, prepare
from lakeloop.lifecycle.search.runs import SearchRun
from lakeloop.lifecycle.search.study import Trial
from lakeloop.lifecycle.training.splits import PeriodRange
from tests.include.lakeloop.lifecycle.data import FEATURES
from tests.include.lakeloop.lifecycle.search.searched import Judging, frame_of, searching

ROOT = Path(__file__).resolve().parents[5]


def prepared(**changes: Any) -> Prepared:
    case = searching(**changes)
    return prepare(case, frame_of(case), FEATURES, PeriodRange(case.period, 0, 19))


def experiment_id(client: MlflowClient) -> str:
    experiment = client.get_experiment_by_name("tests")
    assert experiment is not None
    return experiment.experiment_id


def opened(client: MlflowClient, found: Prepared, clock: Callable[[], float] = time.monotonic) -> SearchRun:
    return SearchRun(client, experiment_id(client), "search", found, {"use_case": "visits"}, clock)


def children(client: MlflowClient, run_id: str) -> list[Run]:
    return list(client.search_runs([experiment_id(client)], f"tags.`mlflow.parentRunId` = '{run_id}'"))


def test_trials_are_nested_runs_with_params_folds_and_duration(client: MlflowClient) -> None:
    found = prepared(seed=101)
    record = opened(client, found)

    trials, study = found.conduct(Judging(), record)
    drawn = figures.figures(found.search, trials, study, "auc")
    record.finish(choice.winner(trials, "auc"), drawn, {"winner": "w"})

    runs = {run.info.run_name: run for run in children(client, record.run_id)}
    assert len(runs) == len(trials) == 6
    run, trial = runs["trial 0 xgboost"], trials[0]
    assert run.data.params == {
        "family": "xgboost",
        **{key: str(value) for key, value in trial.params.items()},
    }
    assert run.data.metrics["auc"] == pytest.approx(trial.mean)
    assert run.data.metrics["duration_seconds"] == 2.0
    folds = client.get_metric_history(run.info.run_id, "fold_auc")
    assert [point.value for point in sorted(folds, key=lambda point: point.step)] == list(
        trial.values.values()
    )
    parent = client.get_run(record.run_id)
    assert parent.info.status == "FINISHED"
    assert parent.data.params["kind"] == "random"
    assert parent.data.tags["search_budget"] == "6 trials, 300 s"
    pictures = {file.path for file in client.list_artifacts(record.run_id, "plots")}
    assert pictures >= {"plots/xgboost_performance_by_setting.png", "plots/xgboost_parallel_coordinates.png"}


def test_the_same_search_is_found_again_and_another_is_not(client: MlflowClient) -> None:
    found = prepared(seed=102)
    record = opened(client, found)
    trials, _ = found.conduct(Judging(), record)
    judging = Judging()

    again = opened(client, found)

    assert again.run_id == record.run_id
    assert again.seconds >= record.seconds - 1
    assert found.conduct(judging, again)[0] == trials
    assert judging.jobs == []
    assert len(children(client, record.run_id)) == 6
    assert opened(client, prepared(seed=103)).run_id != record.run_id


def test_a_run_that_was_cut_off_while_it_was_written_is_removed(client: MlflowClient) -> None:
    found = prepared(seed=104)
    record = opened(client, found)
    trials, _ = found.conduct(Judging(), record)
    client.create_run(
        experiment_id(client), tags={"mlflow.parentRunId": record.run_id}
    )  # still running: killed in between

    assert opened(client, found).trials == {trial.number: trial for trial in trials}
    assert len(children(client, record.run_id)) == 6


KILLED = """
import os, sys, mlflow
from tests.include.lakeloop.lifecycle.search import test_runs as t
from tests.include.lakeloop.lifecycle.search.searched import Judging
mlflow.set_tracking_uri(sys.argv[1])
class Slow(Judging):
    def __call__(self, jobs):
        if any(job.trial >= 3 for job in jobs):
            print("third trial", flush=True)
            sys.stdin.read()  # until it is killed
        return super().__call__(jobs)
found = t.prepared(seed=105, parallel=1)
found.conduct(Slow(), t.opened(mlflow.MlflowClient(), found))
"""


def test_a_process_killed_in_the_middle_of_a_trial_loses_that_trial_only(
    client: MlflowClient, store: str
) -> None:
    found = prepared(seed=105, parallel=1)
    expected, _ = found.conduct(Judging(), _InMemory())
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, store],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'include'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"third trial\n"
    process.kill()
    process.communicate()
    judging, record = Judging(), opened(client, found)

    assert sorted(record.trials) == [0, 1, 2]
    assert found.conduct(judging, record)[0] == expected
    assert {job.trial for job in judging.jobs} == {3, 4, 5}


class _InMemory:
    trials: dict[int, Trial] = {}
    seconds = 0.0

    def add(self, trial: Trial) -> None: ...


def test_time_spent_before_a_kill_counts(client: MlflowClient) -> None:
    found, now = prepared(seed=106, seconds=35, parallel=2), [0.0]

    def clocked(jobs: Any) -> Any:
        now[0] += 20.0
        return Judging()(jobs)

    with pytest.raises(KeyboardInterrupt), opened(client, found, lambda: now[0]) as record:
        found.conduct(_interrupted(clocked, after=1), record)
    assert client.get_run(record.run_id).info.status == "FAILED"
    now[0] += 1000.0  # nobody searches meanwhile
    again = opened(client, found, lambda: now[0])

    assert again.seconds == pytest.approx(20.0)
    assert len(found.conduct(clocked, again)[0]) == 4  # 20 s before the kill, 40 s after the next batch


def test_a_larger_budget_goes_on_with_the_same_search(client: MlflowClient) -> None:
    small, large, judging = prepared(seed=107, trials=3), prepared(seed=107, trials=5), Judging()
    first, _ = small.conduct(Judging(), opened(client, small))

    trials, _ = large.conduct(judging, opened(client, large))

    assert trials[:3] == first
    assert {job.trial for job in judging.jobs} == {3, 4}


def _interrupted(judging: Any, after: int) -> Any:
    calls = iter(range(100))

    def evaluate(jobs: Any) -> Any:
        if next(calls) >= after:
            raise KeyboardInterrupt
        return judging(jobs)

    return evaluate
