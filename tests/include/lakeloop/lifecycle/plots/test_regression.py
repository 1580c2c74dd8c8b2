"""The pictures of predicted numbers hold what they claim to show."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle.plots import of_predictions, regression

AS_OF = pd.Series([date(2020, 1, 1)] * 2 + [date(2020, 1, 2)] * 2)
Y = np.array([1.0, 2.0, 3.0, 4.0])
PREDICTED = {"XGBoost": Y + 1, "last week": Y * 2}


def lines(figure: Any) -> dict[str, list[float]]:
    return {
        line.get_label(): [float(value) for value in line.get_ydata()] for line in figure.axes[0].get_lines()
    }


def test_totals_are_sums_by_period_beside_what_came_true() -> None:
    found = lines(regression.total_by_period(AS_OF, Y, PREDICTED, "title"))

    assert found == {"XGBoost": [5.0, 9.0], "last week": [6.0, 14.0], "actual": [3.0, 7.0]}


def test_a_residual_is_what_was_predicted_too_much() -> None:
    assert lines(regression.residual_by_period(AS_OF, Y, Y * 2, "title"))["mean"] == [1.5, 3.5]


def test_every_row_is_a_dot() -> None:
    [dots] = regression.predicted_against_actual(Y, Y + 1, "title").axes[0].collections

    assert np.asarray(dots.get_offsets()).tolist() == [[1, 2], [2, 3], [3, 4], [4, 5]]


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("binary", ["roc", "precision_recall", "calibration"]),
        ("regression", ["predicted_against_actual", "residual_by_period", "total_by_period"]),
    ],
)
def test_each_task_has_its_pictures(task: str, names: list[str]) -> None:
    y = np.array([0, 1, 0, 1]) if task == "binary" else Y

    figures = of_predictions(task, AS_OF, y, {"XGBoost": np.array([0.1, 0.4, 0.3, 0.9])}, "holdout days")

    assert list(figures) == names
    assert all("holdout days" in figure.axes[0].get_title(loc="left") for figure in figures.values())
