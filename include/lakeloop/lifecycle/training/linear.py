"""Linear models on standardised features: logistic regression for a binary label, ridge regression for a number."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits


def train_linear(task: str, x: pd.DataFrame, y: np.ndarray) -> Pipeline:
    """A missing value becomes the median and a flag."""
    estimator: Any = LogisticRegression(max_iter=1000) if task == "binary" else Ridge()
    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        estimator,
    )
    with threadpool_limits(limits=1):  # the same answer for a quarter of the CPU time
        return model.fit(x, y)
