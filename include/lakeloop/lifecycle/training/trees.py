"""Gradient-boosted trees; the early-stopping rows say how many."""

import re
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb

from lakeloop.config.use_case.task import LOOP
from lakeloop.lifecycle.training.trained import Rows, Trained

SEED = 2017
# What the use case's `params` may override; `n_estimators` is the most trees that early stopping may keep.
DEFAULTS: Mapping[str, Any] = {
    "tree_method": "hist",
    "n_estimators": 800,
    "early_stopping_rounds": 50,
    "learning_rate": 0.05,
    "max_depth": 4,
    # More threads spin while they wait for one another: on two cores that others use too, training then takes several
    # times as long. `nthread: 0` in the use case's YAML takes all cores, for large training sets on their own cluster.
    "nthread": 1,
    "seed": SEED,
}
OF_TASK: Mapping[str, Mapping[str, Any]] = {
    "binary": {"objective": "binary:logistic", "eval_metric": "auc"},
    "regression": {"objective": "reg:squarederror", "eval_metric": "mae"},
}
# Those whose predictions are what the task asks for: probabilities, or numbers of the label's unit.
OBJECTIVES: Mapping[str, tuple[str, ...]] = {
    "binary": ("binary:logistic", "reg:logistic"),
    "regression": (
        "reg:squarederror",
        "reg:absoluteerror",
        "reg:pseudohubererror",
        "reg:squaredlogerror",
        "reg:quantileerror",
        "reg:gamma",
        "reg:tweedie",
        "count:poisson",
    ),
}
# Those that judge such predictions; of a metric with a parameter (``error@0.3``) the name.
METRICS: Mapping[str, tuple[str, ...]] = {
    "binary": ("auc", "aucpr", "logloss", "error", "rmse", "mae"),
    "regression": (
        "rmse",
        "rmsle",
        "mae",
        "mape",
        "mphe",
        "quantile",
        "poisson-nloglik",
        "gamma-nloglik",
        "gamma-deviance",
        "tweedie-nloglik",
    ),
}
# Second names of parameters that have a default or can be searched. Of two names for one parameter XGBoost takes the
# last by alphabet.
OTHER_NAMES: Mapping[str, str] = {
    "eta": "learning_rate",
    "n_jobs": "nthread",
    "random_state": "seed",
    "min_split_loss": "gamma",
    "lambda": "reg_lambda",
    "alpha": "reg_alpha",
}
# Labels that every objective and every metric of the task can be tried with: some want positive numbers.
TRIAL: Mapping[str, list[float]] = {"binary": [0.0, 1.0], "regression": [1.5, 2.5]}


class UnknownParameterError(ValueError):
    """`params` of a model holds a name that XGBoost does not know."""


class TwiceNamedError(ValueError):
    """`params` of a model holds one parameter under two names."""


class WrongTaskError(ValueError):
    """`objective` or `eval_metric` of a model does not fit the use case's task."""


def train_trees(
    params: Mapping[str, Any], task: str, fit: Rows, early_stopping: Rows, everything: Rows
) -> Trained:
    """Finds the number of trees on `early_stopping`, then grows that many on `everything`.

    Raises the errors of :func:`complete`.
    """
    params = complete(params, task)
    native = _native(params)
    history: dict[str, dict[str, list[float]]] = {}
    stopped = xgb.train(
        native,
        _matrix(*fit),
        num_boost_round=int(params["n_estimators"]),
        evals=[(_matrix(*early_stopping), "early_stopping")],
        early_stopping_rounds=int(params["early_stopping_rounds"]),
        evals_result=history,
        verbose_eval=False,
    )
    trees = stopped.best_iteration + 1
    final = xgb.train(native, _matrix(*everything), num_boost_round=trees)
    importance = importance_of(final, list(fit[0].columns))
    return Trained("xgboost", final, stopped[:trees], params | {"trees": trees}, _curve(history), importance)


def complete(params: Mapping[str, Any], task: str) -> dict[str, Any]:
    """`params` of the use case's YAML, and the defaults for all that they leave open.

    Raises UnknownParameterError, TwiceNamedError, WrongTaskError, and what XGBoost raises for a value that it does not
    allow; each is a ValueError.
    """
    completed = {**DEFAULTS, **OF_TASK[task], **by_first_name(params)}
    _require_fitting("objective", str(completed["objective"]), task, OBJECTIVES)
    _require_fitting("eval_metric", str(completed["eval_metric"]), task, METRICS)
    _require_known(_native(completed), task)
    return completed


def _native(params: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in params.items() if key not in LOOP}


def by_first_name(params: Mapping[str, Any]) -> dict[str, Any]:
    """`params` under one name each. Raises TwiceNamedError."""
    for other, name in OTHER_NAMES.items():
        if other in params and name in params:
            raise TwiceNamedError(
                f"params holds {other} ({params[other]!r}) and {name} ({params[name]!r}), which are one parameter; "
                "keep one of them"
            )
    return {OTHER_NAMES.get(name, name): value for name, value in params.items()}


def _require_fitting(name: str, value: str, task: str, allowed: Mapping[str, tuple[str, ...]]) -> None:
    if value.partition("@")[0] not in allowed[task]:
        raise WrongTaskError(
            f"params.{name} is {value!r}, which does not fit a {task} task; allowed are {', '.join(allowed[task])}"
        )


def _require_known(params: Mapping[str, Any], task: str) -> None:
    """Grow one tree: XGBoost only warns about a name that it does not know, and nothing when it is to be quiet."""
    tried = {**params, "verbosity": params.get("verbosity") or 1}
    matrix = xgb.DMatrix([[0.0], [1.0]], label=TRIAL[task])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        xgb.train(tried, matrix, num_boost_round=1, evals=[(matrix, "trial")], verbose_eval=False)
    unused = [
        match[1] for warning in said if (match := re.search(r"{(.*)} are not used", str(warning.message)))
    ]
    if unused:
        raise UnknownParameterError(
            f"params holds {', '.join(unused).strip()}, which XGBoost does not know; "
            "correct it in the use case's YAML"
        )


def _matrix(x: pd.DataFrame, y: np.ndarray) -> xgb.DMatrix:
    return xgb.DMatrix(x, label=y)


def _curve(history: Mapping[str, Mapping[str, list[float]]]) -> tuple[float, ...]:
    metrics = history["early_stopping"]
    return tuple(float(value) for value in metrics[list(metrics)[-1]])


def importance_of(booster: xgb.Booster, features: list[str]) -> pd.Series:
    """Each feature's share of the total gain, largest first; a feature never split on has 0."""
    gain = booster.get_score(importance_type="total_gain")
    shares = pd.Series({name: float(np.ravel(gain.get(name, 0.0))[0]) for name in features})
    return (shares / max(shares.sum(), 1e-12)).sort_values(ascending=False)
