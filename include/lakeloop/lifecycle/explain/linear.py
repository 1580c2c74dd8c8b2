"""Exact SHAP values of a linear model: weight times distance from the mean (Lundberg, Lee 2017, corollary 1)."""

from typing import Any

import numpy as np
import pandas as pd

from .contributions import Explainer, Explanation, Link, NotExplainableError

LINKS: dict[str, Link] = {"LogisticRegression": "logit", "Ridge": "identity", "LinearRegression": "identity"}
STEPS = ["SimpleImputer", "StandardScaler"]


def of_pipeline(pipeline: Any) -> Explainer:
    """Imputer, scaler, linear model. The scaler has moved each mean to 0, so that the intercept is the base.

    Filling in a median and saying so by a flag are one feature's doing: both count to it.
    Raises NotExplainableError for other steps.
    """
    steps = [type(step).__name__ for _, step in pipeline.steps]
    if steps[:-1] != STEPS or steps[-1] not in LINKS:
        raise NotExplainableError(
            f"a pipeline of {', '.join(steps)}; expected {', '.join(STEPS)} and one of {', '.join(LINKS)}"
        )
    imputer, scaler, model = (step for _, step in pipeline.steps)
    weights = np.atleast_2d(model.coef_)
    if len(weights) != 1 or not scaler.with_mean:
        raise NotExplainableError("a linear model of several outputs, or of inputs whose mean is not 0")
    owner = _owners(imputer)

    def explain(x: pd.DataFrame) -> Explanation:
        parts = scaler.transform(imputer.transform(x)) * weights[0]
        contributions = np.zeros((len(x), imputer.n_features_in_))
        np.add.at(contributions.T, owner, parts.T)
        return Explanation(float(np.ravel(model.intercept_)[0]), contributions, LINKS[steps[-1]])

    return explain


def _owners(imputer: Any) -> np.ndarray:
    """Which feature each column of the imputer's answer belongs to, flags included (shape: columns)."""
    known = np.arange(imputer.n_features_in_)
    if not imputer.keep_empty_features:
        known = known[~pd.isna(imputer.statistics_)]
    return np.concatenate([known, imputer.indicator_.features_]) if imputer.add_indicator else known
