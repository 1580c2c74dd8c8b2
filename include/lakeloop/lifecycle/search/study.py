"""The search itself: ask for a batch, have it judged, tell what came out, until the budget is used up.

A batch is asked for before anything of it is told, and told in the order of its numbers. So the settings of a trial do
not depend on which trial ended first, nor on where they ran. Killed, the search is played once more from its start:
what is recorded is told at once, and only what is missing is trained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import optuna

from lakeloop.config.use_case.gate import Metric
from lakeloop.config.use_case.search import Search
from lakeloop.config.use_case.search_space import Family
from lakeloop.config.use_case.task import Parameter
from lakeloop.lifecycle.evaluation.metrics import METRICS
from lakeloop.lifecycle.search.execution import Evaluate
from lakeloop.lifecycle.search.sampling import Proposal, Setting, ask, new_study
from lakeloop.lifecycle.search.trial import Job, Outcome

State = Literal["complete", "pruned", "failed"]
RELATIVE_TOLERANCE = 1e-9  # another machine may draw the last digits of a float otherwise


class ChangedSearchError(RuntimeError):
    """The recorded trials are not those that this search asks for."""


class AllFailedError(RuntimeError):
    """No trial could be judged on all folds."""


@dataclass(frozen=True)
class Trial:
    """What came of a setting; `values`: the metric by fold, 0-based, as far as the trial got."""

    number: int
    family: Family
    params: Mapping[str, Parameter]
    state: State
    values: Mapping[int, float]
    seconds: float
    error: str | None = None

    @property
    def mean(self) -> float:
        """Over the folds that it got to."""
        return float(np.mean(list(self.values.values()))) if self.values else float("nan")


def goodness(metric: Metric, values: Mapping[int, float]) -> float:
    """Mean over the folds, turned so that more is better; biases of two folds do not cancel."""
    return float(np.mean(METRICS[metric].goodness(np.array(list(values.values())))))


class Record(Protocol):
    """Where finished trials are kept."""

    @property
    def trials(self) -> Mapping[int, Trial]:
        """Those of an earlier attempt, by number."""

    @property
    def seconds(self) -> float:
        """What the search has taken so far, earlier attempts included."""

    def add(self, trial: Trial) -> None:
        """Keeps a trial durably."""


Base = Mapping[Family, Mapping[str, Parameter]]


def run(
    search: Search, metric: Metric, first: Sequence[Setting], base: Base, evaluate: Evaluate, record: Record
) -> tuple[list[Trial], optuna.Study]:
    """All trials in order, and the study that knows them.

    Args:
        first: settings that are tried before the sampler's own.
        base: by family what is not searched.
        evaluate: has jobs judged.

    Raises ChangedSearchError, and AllFailedError with what the first trial said.
    """
    study, trials, limit = new_study(search, first), list[Trial](), search.planned
    while len(trials) < limit:
        numbers = range(len(trials), min(len(trials) + search.parallel, limit))
        if not set(numbers) & set(record.trials) and record.seconds >= search.seconds:
            break
        batch = _Batch(
            search, metric, base, [ask(study, search, number) for number in numbers], record.trials
        )
        trials += batch.judged(evaluate)
        batch.tell(study, trials[-len(numbers) :])
        for trial in trials[-len(numbers) :]:
            if trial.number not in record.trials:
                record.add(trial)
    _require_one(trials)
    return trials, study


def _require_one(trials: Sequence[Trial]) -> None:
    if not any(trial.state == "complete" for trial in trials):
        said = next((trial.error for trial in trials if trial.error), "no time was left for a trial")
        raise AllFailedError(
            f"none of {len(trials)} trials could be judged on all folds; the first said: {said}"
        )


class _Batch:
    """Trials that are asked for together. With a pruner they are judged fold by fold, without one all at once."""

    def __init__(
        self,
        search: Search,
        metric: Metric,
        base: Base,
        asked: Sequence[tuple[optuna.Trial, Proposal]],
        known: Mapping[int, Trial],
    ) -> None:
        self.folds, self.prunes = search.folds.count, search.pruner != "none"
        self.metric, self.base = metric, base
        self.asked = {proposal.number: (trial, proposal) for trial, proposal in asked}
        self.known = {number: known[number] for number in self.asked if number in known}
        self.values: dict[int, dict[int, float]] = {number: {} for number in self.asked}
        self.seconds = dict.fromkeys(self.asked, 0.0)
        self.ended: dict[int, tuple[State, str | None]] = {}
        for number, recorded in self.known.items():
            _require_same(recorded, self.asked[number][1])

    def judged(self, evaluate: Evaluate) -> list[Trial]:
        """The trials in order of their numbers."""
        folds = range(self.folds)
        for rung in [[fold] for fold in folds] if self.prunes else [list(folds)]:
            alive = [number for number in self.asked if number not in self.ended]
            jobs = self._jobs(alive, rung)
            self._take(evaluate(jobs) if jobs else [])
            for number in alive:
                self._advance(number, rung)
        return [self._trial(number) for number in self.asked]

    def tell(self, study: optuna.Study, trials: Sequence[Trial]) -> None:
        """The study learns what came out."""
        states = {
            "complete": optuna.trial.TrialState.COMPLETE,
            "pruned": optuna.trial.TrialState.PRUNED,
            "failed": optuna.trial.TrialState.FAIL,
        }
        for trial in trials:
            told = None if trial.state != "complete" else self._good(trial.values)
            study.tell(self.asked[trial.number][0], told, state=states[trial.state])

    def _jobs(self, alive: Sequence[int], rung: Sequence[int]) -> list[Job]:
        return [
            Job(number, fold, proposal.family, {**self.base.get(proposal.family, {}), **proposal.params})
            for number in alive
            for fold in rung
            if number not in self.known
            for proposal in [self.asked[number][1]]
        ]

    def _take(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in sorted(outcomes, key=lambda one: (one.trial, one.fold)):
            self.seconds[outcome.trial] += outcome.seconds
            if outcome.value is not None:
                self.values[outcome.trial][outcome.fold] = outcome.value
            else:
                self.ended.setdefault(outcome.trial, ("failed", outcome.error))

    def _advance(self, number: int, rung: Sequence[int]) -> None:
        """One trial at the end of a rung: reported, and perhaps given up."""
        recorded = self.known.get(number)
        if recorded is not None:
            self.values[number] |= {fold: recorded.values[fold] for fold in rung if fold in recorded.values}
            if recorded.state == "failed" and len(recorded.values) <= rung[-1]:
                self.ended.setdefault(number, ("failed", recorded.error))
        if number in self.ended:
            return
        trial, done = self.asked[number][0], rung[-1] + 1
        trial.report(self._good(self.values[number]), step=done)
        if self.prunes and done < self.folds and trial.should_prune():
            self.ended[number] = ("pruned", None)

    def _good(self, values: Mapping[int, float]) -> float:
        return goodness(self.metric, values)

    def _trial(self, number: int) -> Trial:
        if number in self.known:
            return self.known[number]
        proposal, (state, error) = self.asked[number][1], self.ended.get(number, ("complete", None))
        return Trial(
            number, proposal.family, proposal.params, state, self.values[number], self.seconds[number], error
        )


def _require_same(recorded: Trial, asked: Proposal) -> None:
    if recorded.family == asked.family and _alike(recorded.params, asked.params):
        return
    raise ChangedSearchError(
        f"trial {asked.number} was recorded with {recorded.family} {dict(recorded.params)}, but this search asks for "
        f"{asked.family} {dict(asked.params)}; delete the search's run in MLflow, or change search.seed, to begin anew"
    )


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if one.keys() != other.keys():
        return False
    return all(_equal(one[name], other[name]) for name in one)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return bool(np.isclose(one, other, rtol=RELATIVE_TOLERANCE, atol=0.0))
    return bool(one == other)
