"""The pictures of a run. Each is a Figure of its own, in one style, that leaves matplotlib's settings alone."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def of_predictions(
    task: str, as_of: pd.Series, y: np.ndarray, predictions: Mapping[str, np.ndarray], where: str
) -> "dict[str, Figure]":
    """The pictures that fit the task, by name; the first of `predictions` is the one that is looked at closely.

    Args:
        as_of: period of each row.
        y: labels (shape: rows).
        predictions: by contender (shape of each: rows).
        where: what the rows are, for the titles.
    """
    return _binary(y, predictions, where) if task == "binary" else _regression(as_of, y, predictions, where)


def _binary(y: np.ndarray, scores: Mapping[str, np.ndarray], where: str) -> "dict[str, Figure]":
    from lakeloop.lifecycle.plots.binary import calibration, precision_recall, roc

    return {
        "roc": roc(y, scores, f"ROC, {where}"),
        "precision_recall": precision_recall(y, scores, f"Precision-recall, {where}"),
        "calibration": calibration(y, scores, f"Calibration, {where}"),
    }


def _regression(
    as_of: pd.Series, y: np.ndarray, predictions: Mapping[str, np.ndarray], where: str
) -> "dict[str, Figure]":
    from lakeloop.lifecycle.plots.regression import (
        predicted_against_actual,
        residual_by_period,
        total_by_period,
    )

    first, predicted = next(iter(predictions.items()))
    return {
        "predicted_against_actual": predicted_against_actual(y, predicted, f"{first}, {where}"),
        "residual_by_period": residual_by_period(as_of, y, predicted, f"Error of {first}, {where}"),
        "total_by_period": total_by_period(as_of, y, predictions, f"Total by period, {where}"),
    }
