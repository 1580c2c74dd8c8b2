"""Exact SHAP values of boosted trees (Lundberg et al. 2020, "From local explanations to global understanding with
explainable AI for trees", algorithm 2: what is not known follows the trees' own training rows)."""

import json
from typing import Any

import numpy as np
import pandas as pd

from .contributions import Explainer, Explanation, Link, NotExplainableError

# By XGBoost's objective; one that is not here has more than one raw score a row, or no prediction of its own.
XGBOOST: dict[str, Link] = {
    "binary:logistic": "logit",
    "reg:logistic": "logit",
    "count:poisson": "log",
    "reg:gamma": "log",
    "reg:tweedie": "log",
    "reg:squarederror": "identity",
    "reg:absoluteerror": "identity",
    "reg:pseudohubererror": "identity",
    "reg:squaredlogerror": "identity",
    "reg:quantileerror": "identity",
}
# By the loss of scikit-learn's HistGradientBoosting.
HISTOGRAM: dict[str, Link] = {
    "log_loss": "logit",
    "squared_error": "identity",
    "absolute_error": "identity",
    "quantile": "identity",
    "gamma": "log",
    "poisson": "log",
}


def of_booster(booster: Any) -> Explainer:
    """XGBoost computes them itself, from its own trees. Raises NotExplainableError for other objectives."""
    from xgboost import DMatrix

    learner = json.loads(booster.save_config())["learner"]
    objective = learner["learner_train_param"]["objective"]
    link = XGBOOST.get(objective)
    if link is None or learner["learner_model_param"].get("num_target", "1") != "1":
        raise NotExplainableError(
            f"an XGBoost model with the objective {objective} has more than one score a row"
        )
    trees = _number_of_trees(learner["gradient_booster"])

    def explain(x: pd.DataFrame) -> Explanation:
        parts = np.asarray(booster.predict(DMatrix(x), pred_contribs=True), dtype="float64")
        return Explanation(float(parts[0, -1]), parts[:, :-1], link, trees)

    return explain


def _number_of_trees(gradient_booster: dict[str, Any]) -> int:
    """All of them; DART keeps its trees one level deeper, and a linear booster has none."""
    model = gradient_booster.get("gbtree", gradient_booster)
    return int(model.get("gbtree_model_param", {}).get("num_trees", 0))


def of_histogram(model: Any) -> Explainer:
    """scikit-learn's HistGradientBoosting, by the package shap. Raises NotExplainableError for several classes."""
    if len(getattr(model, "classes_", [0, 1])) != 2:
        raise NotExplainableError(
            f"{type(model).__name__} of {len(model.classes_)} classes has a score for each"
        )
    link = HISTOGRAM.get(model.loss)
    if link is None:
        raise NotExplainableError(f"{type(model).__name__} with the loss {model.loss!r} is not known")
    from shap import TreeExplainer

    explainer = TreeExplainer(model)

    def explain(x: pd.DataFrame) -> Explanation:
        values = np.asarray(explainer.shap_values(x.to_numpy("float64"), check_additivity=False))
        return Explanation(float(np.ravel(explainer.expected_value)[0]), values, link, int(model.n_iter_))

    return explain
