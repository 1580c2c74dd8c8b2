"""Which trial wins: the best one, and between families the simplest within the noise of the best."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from lakeloop.config.use_case.gate import Metric
from lakeloop.config.use_case.search_space import FAMILIES, Family
from lakeloop.config.use_case.task import HistGradientBoosting, Linear, Model, Parameter, XGBoost
from lakeloop.lifecycle.evaluation.metrics import METRICS
from lakeloop.lifecycle.search.study import Base, Trial, goodness


@dataclass(frozen=True)
class Leader:
    """The best trial of a family against the best of all.

    Args:
        behind: by how much it is worse, the mean of the folds' paired differences; 0 for the best itself.
        noise: standard error of that mean.
    """

    trial: Trial
    behind: float
    noise: float

    @property
    def within_noise(self) -> bool:
        return self.behind <= self.noise


def best(trials: Sequence[Trial], metric: Metric) -> Trial:
    """The complete trial with the best mean over the folds; of equal ones the first."""
    complete = [trial for trial in trials if trial.state == "complete"]
    return max(complete, key=lambda trial: (goodness(metric, trial.values), -trial.number))


def leaders(trials: Sequence[Trial], metric: Metric) -> dict[Family, Leader]:
    """By family that has a complete trial, the simplest first."""
    first = best(trials, metric)
    complete = [trial for trial in trials if trial.state == "complete"]
    present = [family for family in FAMILIES if any(trial.family == family for trial in complete)]
    return {
        family: _against(first, best([trial for trial in complete if trial.family == family], metric), metric)
        for family in present
    }


def _against(first: Trial, trial: Trial, metric: Metric) -> Leader:
    good = METRICS[metric].goodness
    ours, theirs = (np.array([one.values[fold] for fold in sorted(one.values)]) for one in (trial, first))
    differences = good(theirs) - good(ours)
    noise = differences.std(ddof=1) / np.sqrt(len(differences)) if len(differences) > 1 else 0.0
    return Leader(trial, float(differences.mean()), float(noise))


def winner(trials: Sequence[Trial], metric: Metric) -> Trial:
    """The best trial of the simplest family that is within one standard error of the best.

    The rule is that of Breiman, Friedman, Olshen, Stone (1984), "Classification and Regression Trees", section 3.4.3,
    with the standard error of the paired differences: two families see the same folds. One family has one leader.
    """
    return next(leader.trial for leader in leaders(trials, metric).values() if leader.within_noise)


@dataclass(frozen=True)
class Winner:
    """What the tune notebook hands to the train notebook."""

    family: Family
    params: Mapping[str, Parameter]
    run_id: str

    def dumps(self) -> str:
        """As a task value."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> "Winner":
        """What :meth:`dumps` gave. Raises ValueError for anything else."""
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{text!r} is no winner of a search ({error}); run the task `tune` before `train`"
            ) from error

    def contenders(self, models: tuple[Model, ...]) -> tuple[Model, ...]:
        """The winner as candidate, and those of `models` that are simpler: what training trains.

        Where the winner is of the first one's family, all others stay; else only those of a simpler family: a model
        does not have to beat itself, or a larger one.
        """
        others = [
            model
            for model in models[1:]
            if self.family == models[0].kind or FAMILIES.index(model.kind) < FAMILIES.index(self.family)
        ]
        return (self.model, *others)

    @property
    def model(self) -> Model:
        """The winner as the YAML would say it."""
        params = dict(self.params)
        if self.family == "linear":
            return Linear(kind=self.family, params=params)
        if self.family == "xgboost":
            return XGBoost(kind=self.family, params=params)
        return HistGradientBoosting(kind=self.family, params=params)


def named(trial: Trial, base: Base, run_id: str) -> Winner:
    """The winner with all that is not searched."""
    return Winner(trial.family, {**base.get(trial.family, {}), **trial.params}, run_id)
