"""Pictures of predicted numbers: against what came true, the error by period, and the total of each period."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lakeloop.lifecycle.plots.style import FAINT, colour, new_axes, styled

WIDE = (9.0, 5.0)


@styled
def predicted_against_actual(y: np.ndarray, predicted: np.ndarray, title: str) -> Figure:
    """One dot per row; on the dashed line the prediction is right."""
    figure, axes = new_axes(title, "actual", "predicted")
    axes.scatter(y, predicted, s=9, alpha=0.35, color=colour(0), linewidths=0)
    both = np.concatenate([y, predicted])
    ends = [float(both.min()), float(both.max())] if len(both) else [0.0, 1.0]
    axes.plot(ends, ends, color=FAINT, ls="--", lw=1)
    return figure


@styled
def residual_by_period(as_of: pd.Series, y: np.ndarray, predicted: np.ndarray, title: str) -> Figure:
    """Mean of (prediction - actual) by period, and the band that holds the middle 80 % of the rows."""
    residuals = pd.Series(predicted - y).groupby(pd.to_datetime(np.asarray(as_of)))
    mean, low, high = residuals.mean(), residuals.quantile(0.1), residuals.quantile(0.9)
    figure, axes = new_axes(title, "", "prediction - actual", WIDE)
    axes.fill_between(
        mean.index, low, high, color=colour(0), alpha=0.15, lw=0, label="middle 80 % of the rows"
    )
    axes.plot(mean.index, mean, color=colour(0), lw=2, label="mean")
    axes.axhline(0, color=FAINT, ls="--", lw=1)
    axes.legend(loc="upper left")
    return figure


@styled
def total_by_period(
    as_of: pd.Series, y: np.ndarray, predicted: Mapping[str, np.ndarray], title: str
) -> Figure:
    """What came true and what each contender predicted, summed over the rows of a period."""
    figure, axes = new_axes(title, "", "total", WIDE)
    for number, (name, values) in enumerate(predicted.items()):
        total = _total(as_of, values)
        axes.plot(total.index, total, color=colour(number), lw=1.6, label=name)
    actual = _total(as_of, y)
    axes.plot(actual.index, actual, color="black", lw=2, label="actual")
    axes.legend(loc="upper left")
    return figure


def _total(as_of: pd.Series, values: np.ndarray) -> pd.Series:
    return pd.Series(values).groupby(pd.to_datetime(np.asarray(as_of))).sum()
