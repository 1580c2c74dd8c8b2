"""What an explanation is: a base, and what each feature adds to it, up to the model's raw score."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Link = Literal["identity", "log", "logit"]
SINGLE = 2.0**-24  # unit roundoff of single precision, in which XGBoost computes
SMALLEST = float(np.finfo("float32").tiny)  # below it single precision has fewer digits
ON_A_PATH = 64  # products and quotients that TreeSHAP makes of one path through a tree
OF_A_LINK = 4  # units of roundoff of an exponential or of a probability


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
        trees: how many the raw score is the sum of; 0 for a model without trees.
    """

    base: float
    contributions: np.ndarray
    link: Link
    trees: int = 0

    @property
    def raw(self) -> np.ndarray:
        """The model's raw score (shape: rows)."""
        return self.base + self.contributions.sum(axis=1)

    @property
    def rounding(self) -> np.ndarray:
        """How far the raw score may be off because single precision was summed (shape: rows).

        ``n u / (1 - n u)`` of the sum of all sizes, with u = 2^-24 and n operations: Higham (2002), "Accuracy and
        Stability of Numerical Algorithms", section 4.2. The error of a sum goes by the sizes of its terms; where they
        cancel, it is large beside the sum.
        """
        operations = SINGLE * (self.trees + self.contributions.shape[1] + ON_A_PATH)
        return operations / (1 - operations) * (abs(self.base) + np.abs(self.contributions).sum(axis=1))

    @property
    def predictions(self) -> np.ndarray:
        """What the model predicts by this explanation (shape: rows)."""
        return self._linked(self.raw)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the most that the model may predict by this explanation, given `rounding` (shapes: rows)."""
        low, high = (self._linked(self.raw + sign * self.rounding) for sign in (-1, 1))
        return low - _last_digits(low), high + _last_digits(high)

    def _linked(self, raw: np.ndarray) -> np.ndarray:
        if self.link == "identity":
            return raw
        with np.errstate(over="ignore"):
            return np.exp(raw) if self.link == "log" else 1 / (1 + np.exp(-raw))


def _last_digits(values: np.ndarray) -> np.ndarray:
    return OF_A_LINK * SINGLE * np.abs(values) + SMALLEST


Explainer = Callable[[pd.DataFrame], Explanation]


def require_consistent(explanation: Explanation, predictions: np.ndarray) -> Explanation:
    """`explanation` itself. Raises ContradictionError unless it adds up to `predictions`, those of its rows."""
    explained, (low, high) = explanation.predictions, explanation.bounds
    wrong = ~((predictions >= low) & (predictions <= high))  # also where one of them is NaN
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ContradictionError(
            f"the explanation of {int(wrong.sum())} of {len(wrong)} rows does not add up to the prediction: row "
            f"{first} is predicted {predictions[first]:.6g} and explained as {explained[first]:.6g}; rounding to "
            f"single precision allows at most {low[first]:.9g} to {high[first]:.9g}. Do not trust either before you "
            "know why."
        )
    return explanation
