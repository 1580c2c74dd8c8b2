"""Where a search is kept: one MLflow run for it, and a nested run for each finished trial.

A trial's run is written whole before it is ended, and only an ended one counts. So a search that was killed, at any
point, goes on from its finished trials; what was cut off in the middle of writing is removed.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Self

from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from lakeloop.lifecycle.search.preparation import BUDGET, Prepared
from lakeloop.lifecycle.search.study import Trial

FINGERPRINT, TRIAL, SPENT = "search_fingerprint", "search_trial", "search_seconds"
LONGEST_ERROR = 500
ENDED = ("FINISHED", "FAILED")


class SearchRun:
    """A search in MLflow: opened anew, or found again by its fingerprint.

    Args:
        experiment_id: of the experiment that holds it.
        name: of the run.
        prepared: what is searched.
        tags: what the runs say of themselves.
    """

    def __init__(
        self,
        client: MlflowClient,
        experiment_id: str,
        name: str,
        prepared: Prepared,
        tags: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._experiment, self._metric = client, experiment_id, prepared.metric
        self._tags, self._clock, self._start = dict(tags), clock, clock()
        found = self._search(f"tags.{FINGERPRINT} = '{prepared.fingerprint}'")
        self.run_id = found[0].info.run_id if found else self._create(name, prepared)
        client.update_run(self.run_id, status="RUNNING")
        # a tag, because a search may go on with a larger budget
        budget = f"{prepared.search.planned} trials, {prepared.search.seconds} s"
        client.set_tag(self.run_id, "search_budget", budget)
        self.trials = self._finished()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """A search that broke off says so; the next attempt goes on from its trials."""
        if kind is not None:
            self._client.set_terminated(self.run_id, status="FAILED")

    def _create(self, name: str, prepared: Prepared) -> str:
        search = prepared.search.model_dump(mode="json")
        params = {key: text for key, text in search.items() if key not in BUDGET}
        marks = {**self._tags, FINGERPRINT: prepared.fingerprint}
        run = self._client.create_run(self._experiment, tags=marks, run_name=name)
        self._client.log_batch(
            run.info.run_id, params=[Param(key, str(text)) for key, text in params.items()]
        )
        return str(run.info.run_id)

    @property
    def seconds(self) -> float:
        """What the search has taken so far, earlier attempts included."""
        return self._before + self._clock() - self._start

    def add(self, trial: Trial) -> None:
        """Keeps a trial; it counts from the moment at which its run has ended."""
        moment, metric = int(time.time() * 1000), self._metric
        tags = {
            **self._tags,
            MLFLOW_PARENT_RUN_ID: self.run_id,
            TRIAL: json.dumps(_brief(trial)),
            SPENT: f"{self.seconds:.3f}",
            "trial_state": trial.state,
        }
        name = f"trial {trial.number} {trial.family}"
        run = self._client.create_run(
            self._experiment, start_time=moment - int(trial.seconds * 1000), tags=tags, run_name=name
        )
        metrics = [Metric("duration_seconds", trial.seconds, moment, 0)]
        metrics += [Metric(f"fold_{metric}", found, moment, fold + 1) for fold, found in trial.values.items()]
        metrics += [Metric(metric, trial.mean, moment, 0)] if trial.state == "complete" else []
        params = {"family": trial.family, **trial.params}
        self._client.log_batch(
            run.info.run_id,
            metrics=metrics,
            params=[Param(key, str(given)) for key, given in params.items()],
        )
        status = "FAILED" if trial.state == "failed" else "FINISHED"
        self._client.set_terminated(run.info.run_id, status=status, end_time=moment)

    def finish(self, best: Trial, figures: Mapping[str, Any], tags: Mapping[str, str]) -> None:
        """Writes the outcome on the search's run, and ends it."""
        moment = int(time.time() * 1000)
        said = [RunTag(key, text) for key, text in tags.items()]
        metrics = [Metric(self._metric, best.mean, moment, 0), Metric(SPENT, self.seconds, moment, 0)]
        self._client.log_batch(self.run_id, metrics=metrics, tags=said)
        for name, figure in figures.items():
            self._client.log_figure(self.run_id, figure, f"plots/{name}.png")
        self._client.set_terminated(self.run_id)

    def _finished(self) -> dict[int, Trial]:
        trials: dict[int, Trial] = {}
        self._before = 0.0
        for run in self._search(f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{self.run_id}'"):
            if run.info.status not in ENDED:  # killed while it was written
                self._client.delete_run(run.info.run_id)
                continue
            trial = _read(run.data.tags[TRIAL])
            trials[trial.number] = trial
            self._before = max(self._before, float(run.data.tags[SPENT]))
        return trials

    def _search(self, condition: str) -> list[Run]:
        found = self._client.search_runs([self._experiment], condition)
        runs = list(found)
        while found.token:
            found = self._client.search_runs([self._experiment], condition, page_token=found.token)
            runs += found
        return runs


def _brief(trial: Trial) -> dict[str, Any]:
    return {**asdict(trial), "error": trial.error[:LONGEST_ERROR] if trial.error else None}


def _read(text: str) -> Trial:
    said = json.loads(text)
    return Trial(**{**said, "values": {int(fold): found for fold, found in said["values"].items()}})
