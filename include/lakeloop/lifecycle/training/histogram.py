"""scikit-learn's histogram-based gradient boosting; the early-stopping rows say how many trees.

scikit-learn by itself would hold out shuffled rows to know when to stop, and those look into the future.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from lakeloop.lifecycle.training.trained import Rows, Trained

# What the use case's `params` may override; `max_iter` is the most trees that early stopping may keep.
DEFAULTS: Mapping[str, Any] = {
    "learning_rate": 0.05,
    "max_iter": 800,
    "n_iter_no_change": 50,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "random_state": 2017,
}
EVAL_METRIC = {"binary": "log_loss", "regression": "squared_error"}


def train_histogram(
    params: Mapping[str, Any], task: str, fit: Rows, early_stopping: Rows, everything: Rows
) -> Trained:
    """Finds the number of trees on `early_stopping`, then grows that many on `everything`.

    Raises scikit-learn's InvalidParameterError, a ValueError, for a value that it does not allow.
    """
    params = {**DEFAULTS, **params}
    # one thread: more of them spin while they wait for one another, see trees.DEFAULTS
    with threadpool_limits(limits=1):
        curve = _curve(params, task, fit, early_stopping)
        trees = int(np.argmin(curve)) + 1
        final, judged = (_grown(params, task, trees, *rows) for rows in (everything, fit))
    said = {**params, "trees": trees, "eval_metric": EVAL_METRIC[task]}
    return Trained("hist_gradient_boosting", final, judged, said, curve)


def require_allowed(params: Mapping[str, Any], task: str) -> None:
    """Grows one tree. Raises scikit-learn's InvalidParameterError, a ValueError, for a value that it does not allow."""
    x, y = pd.DataFrame({"x": np.arange(8.0)}), np.arange(8) % 2
    with threadpool_limits(limits=1):
        _grown({**DEFAULTS, **params}, task, 1, x, y)


def _curve(params: Mapping[str, Any], task: str, fit: Rows, early_stopping: Rows) -> tuple[float, ...]:
    """The loss on `early_stopping` after each tree."""
    model = _estimator(params, task, early_stopping=True)
    (x, y), (x_later, y_later) = fit, early_stopping
    model.fit(x, y, X_val=x_later, y_val=y_later)
    return tuple(float(-score) for score in model.validation_score_[1:])  # the first is that of no tree


def _grown(params: Mapping[str, Any], task: str, trees: int, x: pd.DataFrame, y: np.ndarray) -> Any:
    return _estimator({**params, "max_iter": trees}, task, early_stopping=False).fit(x, y)


def _estimator(params: Mapping[str, Any], task: str, early_stopping: bool) -> Any:
    made: Any = HistGradientBoostingClassifier if task == "binary" else HistGradientBoostingRegressor
    return made(**params, early_stopping=early_stopping)
