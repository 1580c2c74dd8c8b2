"""Random rows with missing values and small models of every kind that can be explained."""

from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from lakeloop.lifecycle.training.linear import train_linear

NAMES = ["idle_days", "visits", "spend", "empty"]
KINDS = [
    *(f"xgboost {objective}" for objective in ("binary:logistic", "reg:absoluteerror", "count:poisson")),
    *(f"histogram {loss}" for loss in ("log_loss", "squared_error", "poisson")),
    "linear binary",
    "linear regression",
]


def rows(seed: int, size: int = 120) -> pd.DataFrame:
    """Rounded, so that values lie on the borders of splits; the last column is always missing."""
    random = np.random.default_rng(seed)
    x = pd.DataFrame(random.normal(size=(size, len(NAMES))).round(1), columns=NAMES)
    return x.mask(random.random(x.shape) < 0.15).assign(empty=np.nan)


def labels(x: pd.DataFrame, kind: str, seed: int) -> np.ndarray:
    """0 and 1, or positive numbers up to some hundreds."""
    noise = np.random.default_rng(seed).normal(size=len(x))
    score = (x["idle_days"] * x["visits"] + x["spend"].fillna(2)).fillna(-1).to_numpy() + noise
    is_binary = any(part in kind for part in ("logistic", "log_loss", "binary"))
    return (score > 0).astype("int64") if is_binary else np.exp(score)


def trained(kind: str, seed: int) -> tuple[Any, pd.DataFrame]:
    """A model of that kind and the rows it learned from."""
    x = rows(seed)
    y = labels(x, kind, seed)
    family, _, detail = kind.partition(" ")
    if family == "xgboost":
        params = {"objective": detail, "max_depth": 3, "nthread": 1, "seed": seed}
        return xgb.train(params, xgb.DMatrix(x, label=y), num_boost_round=8), x
    if family == "linear":
        return train_linear({}, detail, (x, y), (x, y), (x, y)).final, x
    x.loc[0, "empty"] = 1.0  # it takes no column that has no value at all
    with threadpool_limits(limits=1):
        if detail == "log_loss":
            return HistGradientBoostingClassifier(max_iter=8, max_depth=3).fit(x, y), x
        return HistGradientBoostingRegressor(loss=detail, max_iter=8, max_depth=3).fit(x, y), x


def raw_scores(model: Any, x: pd.DataFrame) -> np.ndarray:
    """As each library gives them before any link."""
    if isinstance(model, xgb.Booster):
        return model.predict(xgb.DMatrix(x), output_margin=True)
    if isinstance(model, HistGradientBoostingClassifier | HistGradientBoostingRegressor):
        return model._raw_predict(x.to_numpy()).ravel()
    return model.decision_function(x) if hasattr(model, "decision_function") else model.predict(x)
