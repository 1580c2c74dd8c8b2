"""Native XGBoost, one thread, on a float32 matrix."""

import numpy as np
import xgboost

from ..errors import UnusableModelError
from .material import Material


class Scorer:
    """A booster that scores; calling it from several threads at once is safe (Booster.inplace_predict)."""

    def __init__(self, booster: xgboost.Booster, trees: tuple[int, int]) -> None:
        self.booster, self.trees = booster, trees

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        """float32 [rows, features] to float32 [rows] or [rows, classes]."""
        return self.booster.inplace_predict(matrix, iteration_range=self.trees, validate_features=False)


def load_scorer(material: Material) -> Scorer:
    """The scorer in a model's bytes. Raises UnusableModelError when XGBoost cannot read them."""
    try:
        booster = xgboost.Booster(model_file=bytearray(material.model))
        booster.set_param({"nthread": 1})  # whatever it was trained with
    except (ValueError, xgboost.core.XGBoostError) as error:
        raise UnusableModelError(f"XGBoost cannot read the model: {first_line(error)}") from None
    return Scorer(booster, _trees(booster, material.model_class))


def _trees(booster: xgboost.Booster, model_class: str) -> tuple[int, int]:
    """The trees that count: a scikit-learn model that stopped early predicts with the best of them alone."""
    best = booster.attr("best_iteration")
    if best is None or model_class == "xgboost.core.Booster":
        return (0, 0)
    return (0, int(best) + 1)


def first_line(error: Exception) -> str:
    """XGBoost's messages carry a time, a source file and a stack trace."""
    lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[0].partition("] ")[2] or lines[0]
