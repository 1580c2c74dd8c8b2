"""All that is settled, and checked, before the first trial runs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import optuna
import pandas as pd

from lakeloop.config import LabelledUseCase
from lakeloop.config.use_case.gate import Metric
from lakeloop.config.use_case.search import Search
from lakeloop.config.use_case.search_space import Choice, Family
from lakeloop.config.use_case.task import Model, Parameter
from lakeloop.lifecycle.features import labels, model_input
from lakeloop.lifecycle.search.choice import Winner
from lakeloop.lifecycle.search.execution import Evaluate
from lakeloop.lifecycle.search.folds import folds_by_time, require_judgeable
from lakeloop.lifecycle.search.sampling import Setting, start
from lakeloop.lifecycle.search.study import Base, Record, Trial, run
from lakeloop.lifecycle.search.trial import Rows, judge, rows_of
from lakeloop.lifecycle.training.models import require_allowed
from lakeloop.lifecycle.training.splits import PeriodRange, TimeSplit

# What may change while it stays the same search: trials that are there already count.
BUDGET = {"trials", "seconds"}


def fingerprint(**parts: Any) -> str:
    """Of all that decides on the results: two searches with the same one are the same search."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


class UntrainableError(ValueError):
    """A model refuses a value that the search may try."""


class NoSearchError(ValueError):
    """The use case asks for no search."""


@dataclass(frozen=True)
class Prepared:
    """A search that can begin.

    Args:
        base: by family what is not searched: the parameters of `models`.
        first: settings that are tried first.
        folds: oldest first.
        fingerprint: of all that decides on its results.
    """

    search: Search
    task: str
    metric: Metric
    base: Base
    first: Sequence[Setting]
    rows: Rows
    folds: Sequence[TimeSplit]
    fingerprint: str

    def judge(self) -> Any:
        """What judges a job of this search, see :func:`trial.judge`."""
        return judge(self.search.families, self.task, self.metric)

    def conduct(self, evaluate: Evaluate, record: Record) -> tuple[list[Trial], optuna.Study]:
        """All trials, see :func:`study.run`."""
        return run(self.search, self.metric, self.first, self.base, evaluate, record)


def prepare(
    use_case: LabelledUseCase,
    frame: pd.DataFrame,
    features: Sequence[str],
    train: PeriodRange,
    champion: Setting | None = None,
    **read: Any,
) -> Prepared:
    """Folds, rows and first settings of the use case's search.

    Args:
        frame: the training set; rows outside of `train`, the holdout among them, are left out.
        champion: its setting, see :func:`champion.champion_setting`.
        read: what else the results depend on: data versions, code revision.

    Raises NoSearchError, UntrainableError, TooFewPeriodsError, OneClassError, BadColumnError.
    """
    search, task = search_of(use_case), use_case.task
    metric: Metric = search.metric or use_case.gate.compare_by
    base = base_params(use_case)
    require_trainable(search, task.kind, base)
    seen = train.rows(frame)
    x, y = model_input(seen, features), labels(seen, task.label, task.kind)
    periods, folds = (
        use_case.period.indices(seen[use_case.period.column]),
        folds_by_time(train, search.folds, use_case.split),
    )
    require_judgeable(folds, periods, y, task.kind)
    first = first_settings(search, base, champion)
    mark = fingerprint(
        use_case=use_case.name,
        task=task.model_dump(),
        search=search.model_dump(exclude=BUDGET),
        metric=metric,
        base=base,
        first=first,
        features=list(features),
        folds=[in_words(fold) for fold in folds],
        optuna=version("optuna"),
        **read,
    )
    return Prepared(search, task.kind, metric, base, first, rows_of(x, y, periods, folds), folds, mark)


def search_of(use_case: LabelledUseCase) -> Search:
    """Raises NoSearchError when it asks for none."""
    if use_case.search is None:
        raise NoSearchError(f"use case {use_case.name} has no key `search`; see docs/search.md for one")
    return use_case.search


def in_words(fold: TimeSplit) -> dict[str, str]:
    """The fold in words: which periods fit, stop and judge."""
    return {"fit": str(fold.fit), "early_stopping": str(fold.early_stopping), "judged": str(fold.holdout)}


def base_params(use_case: LabelledUseCase) -> dict[Family, dict[str, Parameter]]:
    """By family the parameters of the first of `models` that is of it, under XGBoost's first names."""
    from lakeloop.lifecycle.training.trees import by_first_name

    base: dict[Family, dict[str, Parameter]] = {}
    for model in use_case.models:
        params = by_first_name(model.params) if model.kind == "xgboost" else dict(model.params)
        base.setdefault(model.kind, params)
    return base


def possible_winners(use_case: LabelledUseCase) -> list[Model]:
    """All that training may have to train after the search: a winner of each family, and the simpler `models`."""
    base = base_params(use_case)
    return [
        *(Winner(family, base.get(family, {}), "").model for family in search_of(use_case).families),
        *use_case.models[1:],
    ]


def first_settings(search: Search, base: Base, champion: Setting | None) -> list[Setting]:
    """The champion's setting, then that of `models` or the defaults for each family."""
    if not search.starts_warm:
        return []
    settings = [champion] if champion else []
    for family in search.families:
        setting = start(search, family, {**_defaults(family), **base.get(family, {})})
        if setting and setting not in settings:
            settings.append(setting)
    return settings


def require_trainable(search: Search, task: str, base: Base) -> None:
    """Lets each model try the ends of each range. Raises UntrainableError with what it said."""
    for family, ranges in search.space.items():
        for name, given in ranges.items():
            ends = given.of if isinstance(given, Choice) else (given.low, given.high)
            for end in ends:
                try:
                    require_allowed(family, {**base.get(family, {}), name: end}, task)
                except ValueError as error:
                    raise UntrainableError(f"search.space.{family}.{name}: {end!r}: {error}") from error


def _defaults(family: Family) -> Mapping[str, Any]:
    from lakeloop.lifecycle.training import histogram, linear, trees

    return {
        "xgboost": trees.DEFAULTS,
        "hist_gradient_boosting": histogram.DEFAULTS,
        "linear": linear.DEFAULTS,
    }[family]
