"""A booster from a model's bytes, on one thread."""

import xgboost

from ...errors import UnusableModelError


def load_booster(model: bytes) -> xgboost.Booster:
    """The booster in a model's bytes. Raises UnusableModelError when XGBoost cannot read them."""
    try:
        booster = xgboost.Booster(model_file=bytearray(model))
        booster.set_param({"nthread": 1})  # whatever it was trained with
    except (ValueError, xgboost.core.XGBoostError) as error:
        raise UnusableModelError(f"XGBoost cannot read the model: {first_line(error)}") from None
    return booster


def rounds_that_count(booster: xgboost.Booster, model_class: str) -> int:
    """0 for all: a scikit-learn model that stopped early predicts with those up to the best."""
    best = booster.attr("best_iteration")
    return 0 if best is None or model_class == "xgboost.core.Booster" else int(best) + 1


def first_line(error: Exception) -> str:
    """XGBoost's messages carry a time, a source file and a stack trace."""
    lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[0].partition("] ")[2] or lines[0]
