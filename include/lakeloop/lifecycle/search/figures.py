"""The pictures of a search, made from its trials."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import optuna
import pandas as pd

from lakeloop.config.use_case.gate import Metric
from lakeloop.config.use_case.search import Search
from lakeloop.config.use_case.search_space import Choice, Family
from lakeloop.lifecycle.plots import search as plots
from lakeloop.lifecycle.search.choice import leaders, winner
from lakeloop.lifecycle.search.study import Trial

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FEWEST_TRIALS = 3  # fewer say nothing about what mattered


def table(trials: Sequence[Trial], metric: Metric) -> pd.DataFrame:
    """One row for each trial, with the mean of its folds and the value of each."""
    rows = [
        {
            "trial": trial.number,
            "family": trial.family,
            "state": trial.state,
            metric: trial.mean,
            "seconds": round(trial.seconds, 1),
            **trial.params,
            **{f"fold {fold + 1}": found for fold, found in trial.values.items()},
            **({"error": trial.error} if trial.error else {}),
        }
        for trial in trials
    ]
    return pd.DataFrame(rows)


def figures(
    search: Search, trials: Sequence[Trial], study: optuna.Study, metric: Metric
) -> "dict[str, Figure]":
    """By name: for each family its three pictures, and with `auto` how the families compare."""
    found = leaders(trials, metric)
    drawn: dict[str, Figure] = {}
    if search.auto:
        drawn["families"] = plots.families(found, winner(trials, metric), metric)
    for family, leader in found.items():
        complete = [one for one in trials if one.state == "complete" and one.family == family]
        logarithmic = [
            name
            for name, given in search.space[family].items()
            if not isinstance(given, Choice) and given.log
        ]
        settings = (complete, leader.trial, metric, logarithmic)
        drawn[f"{family}_performance_by_setting"] = plots.performance_by_setting(*settings)
        drawn[f"{family}_parallel_coordinates"] = plots.parallel_coordinates(*settings)
        shares = importances(search, study, family)
        if shares:
            drawn[f"{family}_importance"] = plots.importance(shares, family, metric)
    return drawn


def importances(search: Search, study: optuna.Study, family: Family) -> Mapping[str, float]:
    """Each parameter's share (fANOVA; Hutter, Hoos, Leyton-Brown 2014); empty where the trials are too few or alike."""
    names = [f"{family}.{name}" for name in search.space[family]]
    complete = study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))
    values = {trial.value for trial in complete if set(names) <= set(trial.params)}
    if len(values) < FEWEST_TRIALS or len(names) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=search.seed)
    shares = optuna.importance.get_param_importances(study, evaluator=evaluator, params=names)
    return {name.partition(".")[2]: float(share) for name, share in shares.items()}
