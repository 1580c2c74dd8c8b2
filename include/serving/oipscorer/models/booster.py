"""Native XGBoost, one thread, on a float32 matrix."""

from pathlib import Path

import numpy as np
import xgboost

from ..errors import UnusableModelError
from .mlmodel import XGBoostFlavor


class Scorer:
    """A booster that scores; calling it from several threads at once is safe (Booster.inplace_predict)."""

    def __init__(self, booster: xgboost.Booster, trees: tuple[int, int]) -> None:
        self.booster, self.trees = booster, trees

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        """float32 [rows, features] to float32 [rows] or [rows, classes]."""
        return self.booster.inplace_predict(matrix, iteration_range=self.trees, validate_features=False)


def load_scorer(file: Path, flavor: XGBoostFlavor) -> Scorer:
    """The scorer in a model file. Raises UnusableModelError when XGBoost cannot read it."""
    try:
        booster = xgboost.Booster({"nthread": 1}, model_file=bytearray(file.read_bytes()))
        booster.set_param({"nthread": 1})  # the file may say otherwise
    except (OSError, ValueError, xgboost.core.XGBoostError) as error:
        raise UnusableModelError(f"XGBoost cannot read {file.name}: {_first_line(error)}") from None
    return Scorer(booster, _trees(booster, flavor))


def _trees(booster: xgboost.Booster, flavor: XGBoostFlavor) -> tuple[int, int]:
    """The trees that count: a scikit-learn model that stopped early predicts with the best of them alone."""
    best = booster.attr("best_iteration")
    if best is None or flavor.model_class == "xgboost.core.Booster":
        return (0, 0)
    return (0, int(best) + 1)


def _first_line(error: Exception) -> str:
    """XGBoost's messages carry a time, a source file and a stack trace."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0].partition("] ")[2] or lines[0] if lines else type(error).__name__
