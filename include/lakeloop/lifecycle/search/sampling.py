"""Which settings are tried: Optuna's samplers and pruners, set up so that a trial depends on nothing but the seed,
its number and the results of the batches before it."""

import math
import random
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

import numpy as np
import optuna

from lakeloop.config.use_case.search import Search
from lakeloop.config.use_case.search_space import Choice, Family, FloatRange, Range
from lakeloop.config.use_case.task import Parameter

FAMILY = "family"
Setting = dict[str, Any]  # by Optuna's names: ``family``, and ``<family>.<parameter>``


@dataclass(frozen=True)
class Proposal:
    """What trial `number` is to try; `params` are those that are searched."""

    number: int
    family: Family
    params: Mapping[str, Parameter]


def new_study(search: Search, first: Sequence[Setting]) -> optuna.Study:
    """A study in memory that maximises; a grid's settings, or those that come `first`, wait in it to be asked for."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # the study's name decides on Hyperband's brackets
    study = optuna.create_study(direction="maximize", study_name="search", pruner=_pruner(search))
    for setting in grid(search) if search.kind == "grid" else first:
        study.enqueue_trial(setting)
    return study


def ask(study: optuna.Study, search: Search, number: int) -> tuple[optuna.Trial, Proposal]:
    """The next trial and its setting."""
    study.sampler = _sampler(search, number)
    trial = study.ask()
    families = list(search.families)
    family = families[0] if len(families) == 1 else cast(Family, trial.suggest_categorical(FAMILY, families))
    ranges = search.space[family]
    params = {name: _suggest(trial, f"{family}.{name}", given) for name, given in ranges.items()}
    return trial, Proposal(number, family, params)


def grid(search: Search) -> list[Setting]:
    """All settings of the grid, in an order that the seed decides: what a short budget leaves out is no corner of it.

    Optuna's GridSampler knows one space for all trials, and here each family has its own.
    """
    settings = []
    for family, ranges in search.space.items():
        names = [f"{family}.{name}" for name in ranges]
        for values in product(*(given.cells() for given in ranges.values())):
            settings.append(_named(search, family, dict(zip(names, values, strict=True))))
    random.Random(search.seed).shuffle(settings)
    return settings


def start(search: Search, family: Family, params: Mapping[str, Any]) -> Setting:
    """A setting that is tried first; of `params` those that are searched and lie in their range."""
    inside = {
        f"{family}.{name}": params[name]
        for name, given in search.space[family].items()
        if name in params and holds(given, params[name])
    }
    return _named(search, family, inside)


def holds(given: Range, value: Any) -> bool:
    """Whether `value` lies in the range; one between two steps does not."""
    if isinstance(given, Choice):
        return any(type(value) is type(one) and value == one for one in given.of)
    if isinstance(value, bool) or not isinstance(value, int | float) or not given.low <= value <= given.high:
        return False
    if isinstance(given, FloatRange):
        return given.step is None or _is_whole((value - given.low) / given.step)
    return float(value).is_integer() and (value - given.low) % (given.step or 1) == 0


def _is_whole(steps: float) -> bool:
    return math.isclose(steps, round(steps), abs_tol=1e-8)  # the tolerance of Optuna's own distributions


def _suggest(trial: optuna.Trial, name: str, given: Range) -> Any:
    if isinstance(given, Choice):
        return trial.suggest_categorical(name, given.of)
    if isinstance(given, FloatRange):
        return trial.suggest_float(name, given.low, given.high, log=given.log, step=given.step)
    return trial.suggest_int(name, given.low, given.high, log=given.log, step=given.step or 1)


def _named(search: Search, family: Family, setting: Setting) -> Setting:
    return setting if len(search.space) == 1 else {FAMILY: family, **setting}


def _sampler(search: Search, number: int) -> optuna.samplers.BaseSampler:
    """One for each trial: it remembers nothing, so that a search that goes on asks as one that was never killed."""
    seed = int(np.random.SeedSequence([search.seed, number]).generate_state(1)[0])
    if search.kind != "bayesian":
        return optuna.samplers.RandomSampler(seed=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # multivariate and group: parameters are drawn together, those of each family by themselves; constant_liar:
        # trials of one batch keep away from one another
        return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True, constant_liar=True)


def _pruner(search: Search) -> optuna.pruners.BasePruner:
    if search.pruner == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=4)
    if search.pruner == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=search.folds.count)
    return optuna.pruners.NopPruner()
