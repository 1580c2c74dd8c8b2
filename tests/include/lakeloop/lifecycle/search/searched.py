"""A small use case with a search, rows for it, and judges that need no training."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lakeloop.config import LabelledUseCase
from lakeloop.config.use_case.search import Search
from lakeloop.lifecycle.search.study import Trial
from lakeloop.lifecycle.search.trial import Job, Outcome
from tests.include.lakeloop.lifecycle.data import FEATURES, checkerboard
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case

SPLIT = {"holdout": 2, "gap": 4, "early_stopping": 2, "min_train": 4}
SPACE: dict[str, Any] = {
    "xgboost": {
        "learning_rate": {"kind": "float", "low": 0.05, "high": 0.5, "log": True},
        "max_depth": {"kind": "int", "low": 1, "high": 4},
    }
}
ALL_FAMILIES: dict[str, Any] = {
    "linear": {"alpha": {"kind": "float", "low": 0.01, "high": 100.0, "log": True}},
    "hist_gradient_boosting": {"max_leaf_nodes": {"kind": "int", "low": 2, "high": 8}},
    **SPACE,
}
SEARCH: dict[str, Any] = {
    "kind": "random",
    "space": SPACE,
    "trials": 6,
    "seconds": 300,
    "parallel": 3,
    "folds": {"count": 2, "periods": 2},
}
QUICK = {"n_estimators": 20, "early_stopping_rounds": 5}
PERIODS = 26


def searching(**changes: Any) -> LabelledUseCase:
    """Visitors of a museum, with a search that differs from SEARCH by `changes`."""
    models = [{"kind": "xgboost", "params": QUICK}, {"kind": "linear"}]
    return use_case(BINARY, search=SEARCH | changes, split=SPLIT, models=models)


def search_of(**changes: Any) -> Search:
    found = searching(**changes).search
    assert found is not None
    return found


def frame_of(case: LabelledUseCase, rows_a_period: int = 40, seed: int = 1) -> pd.DataFrame:
    """A training set of 26 periods with the features FEATURES."""
    x, y = checkerboard(rows_a_period * PERIODS, seed)
    as_of = [case.period.as_of(period) for period in range(PERIODS) for _ in range(rows_a_period)]
    visitors = np.tile(np.arange(rows_a_period), PERIODS)
    others: dict[str, Any] = {case.period.column: as_of, case.task.label: y, "visitor": visitors}
    return x[FEATURES].assign(**others)


class Kept:
    """A record in memory; `spent` says how many seconds the search has taken."""

    def __init__(
        self, trials: Mapping[int, Trial] | None = None, spent: Callable[[], float] = lambda: 0.0
    ) -> None:
        self.trials = dict(trials or {})
        self.added: list[Trial] = []
        self._spent = spent

    @property
    def seconds(self) -> float:
        return self._spent()

    def add(self, trial: Trial) -> None:
        self.added.append(trial)


class Judging:
    """Judges by a formula of the setting and counts the jobs; the best is a learning rate of 0.2 at depth 3."""

    def __init__(self, best: Callable[[Job], float] | None = None) -> None:
        self.jobs: list[Job] = []
        self._good = best or by_formula

    def __call__(self, jobs: Sequence[Job]) -> list[Outcome]:
        self.jobs += jobs
        return [Outcome(job.trial, job.fold, self._good(job), 1.0) for job in reversed(jobs)]


def by_formula(job: Job) -> float:
    if job.family != "xgboost":
        return 0.6
    rate, depth = float(job.params["learning_rate"]), float(job.params["max_depth"])
    return 0.8 - 0.05 * np.log(rate / 0.2) ** 2 - 0.02 * (depth - 3) ** 2 + 0.001 * job.fold
