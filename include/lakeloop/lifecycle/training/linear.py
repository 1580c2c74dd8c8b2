"""Linear models on standardised features: logistic regression for a binary label, ridge regression for a number."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from lakeloop.lifecycle.training.trained import Rows, Trained

DEFAULTS: Mapping[str, Any] = {"alpha": 1.0}


def train_linear(
    params: Mapping[str, Any], task: str, fit: Rows, early_stopping: Rows, everything: Rows
) -> Trained:
    """Nothing is stopped early: `early_stopping` is only part of `everything`.

    Args:
        params: `alpha`, the weight of the penalty: ridge regression's own, 1 / C of logistic regression.
    """
    params = {**DEFAULTS, **params}
    final, judged = (_fitted(float(params["alpha"]), task, *rows) for rows in (everything, fit))
    return Trained("linear", final, judged, params)


def _fitted(alpha: float, task: str, x: pd.DataFrame, y: np.ndarray) -> Pipeline:
    """A missing value becomes the median and a flag."""
    estimator: Any = (
        LogisticRegression(C=1 / alpha, max_iter=1000) if task == "binary" else Ridge(alpha=alpha)
    )
    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        estimator,
    )
    with threadpool_limits(limits=1):  # the same answer for a quarter of the CPU time
        return model.fit(x, y)
