"""What an explanation is: a base, and what each feature adds to it, up to the model's raw score."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Link = Literal["identity", "log", "logit"]
TOLERANCE = 1e-4  # of a prediction, relative above 1: XGBoost adds up its trees in single precision


class NotExplainableError(TypeError):
    """No exact explanation is known for this kind of model."""


class ContradictionError(ArithmeticError):
    """An explanation does not add up to the prediction that it explains."""


@dataclass(frozen=True)
class Explanation:
    """SHAP values (Lundberg, Lee 2017, "A Unified Approach to Interpreting Model Predictions").

    Args:
        base: the raw score of a row of which nothing is known.
        contributions: what each feature adds to it (shape: rows x features).
        link: what the raw score is of the prediction: itself, its logarithm, or its log-odds.
    """

    base: float
    contributions: np.ndarray
    link: Link

    @property
    def raw(self) -> np.ndarray:
        """The model's raw score (shape: rows)."""
        return self.base + self.contributions.sum(axis=1)

    @property
    def predictions(self) -> np.ndarray:
        """What the model predicts by this explanation (shape: rows)."""
        if self.link == "identity":
            return self.raw
        with np.errstate(over="ignore"):
            return np.exp(self.raw) if self.link == "log" else 1 / (1 + np.exp(-self.raw))


Explainer = Callable[[pd.DataFrame], Explanation]


def require_consistent(explanation: Explanation, predictions: np.ndarray) -> Explanation:
    """`explanation` itself. Raises ContradictionError unless it adds up to `predictions`, those of its rows."""
    explained = explanation.predictions
    allowed = TOLERANCE * np.maximum(1.0, np.abs(predictions))
    wrong = ~(np.abs(explained - predictions) <= allowed)  # also where one of them is NaN
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ContradictionError(
            f"the explanation of {int(wrong.sum())} of {len(wrong)} rows does not add up to the prediction: row "
            f"{first} is predicted {predictions[first]:.6g} and explained as {explained[first]:.6g}; expected a "
            f"difference of at most {allowed[first]:.1g}. Do not trust either before you know why."
        )
    return explanation
