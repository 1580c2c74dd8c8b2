"""The two models: gradient-boosted trees (the candidate) and logistic regression (what it has to beat)."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

SEED = 2017
# What the use case's `model.params` may override; `n_estimators` is the most trees early stopping may keep.
DEFAULTS: dict[str, Any] = {
    "objective": "binary:logistic",
    "eval_metric": "auc",
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


LOOP = ("n_estimators", "early_stopping_rounds")  # how long to train: not parameters of the trees


class UnknownParameterError(ValueError):
    """`model.params` holds a name that XGBoost does not know."""


@dataclass(frozen=True)
class Candidate:
    """`booster` is grown on all training weeks, with as many trees as the early-stopping weeks asked for.

    `stopped` has not seen the early-stopping weeks, so it can be judged on them.
    """

    booster: xgb.Booster
    stopped: xgb.Booster
    trees: int
    curve: list[float]  # the eval metric on the early-stopping weeks, after each tree
    params: dict[str, Any]


def train_xgboost(
    fit: tuple[pd.DataFrame, np.ndarray],
    early_stopping: tuple[pd.DataFrame, np.ndarray],
    params: Mapping[str, Any],
) -> Candidate:
    """Finds the number of trees on `early_stopping`, then grows that many on both parts together.

    The parts are (features, labels) as `features.model_input` and `features.labels` give them.
    Raises UnknownParameterError, and what XGBoost raises for a value that it does not allow.
    """
    params = DEFAULTS | dict(params)
    native = {key: value for key, value in params.items() if key not in LOOP}
    _require_known(native)
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
    everything = pd.concat([fit[0], early_stopping[0]]), np.concatenate([fit[1], early_stopping[1]])
    booster = xgb.train(native, _matrix(*everything), num_boost_round=trees)
    return Candidate(booster, stopped[:trees], trees, _curve(history), params)


def _require_known(params: Mapping[str, Any]) -> None:
    """XGBoost only warns about a name that it does not know, and grows trees without it."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        xgb.train(dict(params), xgb.DMatrix([[0.0], [1.0]], label=[0, 1]), num_boost_round=1)
    unused = [
        match[1] for warning in said if (match := re.search(r"{(.*)} are not used", str(warning.message)))
    ]
    if unused:
        raise UnknownParameterError(
            f"model.params holds {', '.join(unused).strip()}, which XGBoost "
            "does not know; correct it in the use case's YAML"
        )


def _matrix(x: pd.DataFrame, y: np.ndarray) -> xgb.DMatrix:
    return xgb.DMatrix(x, label=y)


def _curve(history: Mapping[str, Mapping[str, list[float]]]) -> list[float]:
    metrics = history["early_stopping"]
    return [float(value) for value in metrics[list(metrics)[-1]]]


def train_logistic(x: pd.DataFrame, y: np.ndarray) -> Pipeline:
    """Logistic regression on standardised features; a missing value becomes the median and a flag."""
    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=1000),
    )
    with threadpool_limits(limits=1):  # the same answer for a quarter of the CPU time
        return model.fit(x, y)


def predict(booster: xgb.Booster, x: pd.DataFrame) -> np.ndarray:
    """The probability of 1 for each row of `x` (shape: rows)."""
    return booster.predict(xgb.DMatrix(x))


def probabilities(prediction: Any) -> np.ndarray:
    """What a pyfunc model returned, as the probability of 1 per row (shape: rows).

    XGBoost boosters answer with that; scikit-learn's predict_proba with one column per class.
    """
    values = np.asarray(prediction, dtype="float64")
    if values.ndim == 2 and values.shape[1] == 2:
        values = values[:, 1]
    values = values.reshape(len(values), -1)
    if values.shape[1] != 1:
        raise ValueError(f"the model answers with {values.shape[1]} columns per row, expected a probability")
    return values[:, 0]


def importance(booster: xgb.Booster, features: list[str]) -> pd.Series:
    """Each feature's share of the total gain, largest first; a feature never split on has 0."""
    gain = booster.get_score(importance_type="total_gain")
    shares = pd.Series({name: float(np.ravel(gain.get(name, 0.0))[0]) for name in features})
    return (shares / max(shares.sum(), 1e-12)).sort_values(ascending=False)
