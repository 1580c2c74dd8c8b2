"""The four pictures of a run: ROC, precision-recall, calibration, feature importance."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

COLOURS = ["#c2410c", "#1d4ed8", "#64748b", "#0f766e"]
STYLE: dict[Any, Any] = {
    "font.size": 11,
    "axes.titlesize": 14,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#94a3b8",
    "axes.grid": True,
    "grid.color": "#e2e8f0",
    "legend.frameon": False,
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
}


P = ParamSpec("P")


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draws in the house style without touching matplotlib's global settings."""

    @wraps(draw)
    def inner(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return inner


@styled
def roc(y: np.ndarray, scores: Mapping[str, np.ndarray], title: str = "ROC") -> Figure:
    """True against false positives, one line per model."""
    figure, axes = _axes(title, "false positive rate", "true positive rate")
    for colour, (name, values) in zip(COLOURS, scores.items(), strict=False):
        x, height, _ = roc_curve(y, values)
        axes.plot(x, height, color=colour, lw=2, label=f"{name}  AUC {roc_auc_score(y, values):.3f}")
    axes.plot([0, 1], [0, 1], color="#cbd5e1", ls="--", lw=1)
    axes.legend(loc="lower right")
    return figure


@styled
def precision_recall(
    y: np.ndarray, scores: Mapping[str, np.ndarray], title: str = "Precision-recall"
) -> Figure:
    """Precision against recall, one line per model; the dashed line is the share of positives."""
    figure, axes = _axes(title, "recall", "precision")
    for colour, (name, values) in zip(COLOURS, scores.items(), strict=False):
        precision, recall, _ = precision_recall_curve(y, values)
        label = f"{name}  AP {average_precision_score(y, values):.3f}"
        axes.plot(recall, precision, color=colour, lw=2, label=label)
    axes.axhline(float(np.mean(y)), color="#cbd5e1", ls="--", lw=1)
    axes.set_ylim(0, 1.02)
    axes.legend(loc="upper right")
    return figure


@styled
def calibration(y: np.ndarray, scores: Mapping[str, np.ndarray], title: str = "Calibration") -> Figure:
    """Observed rate against predicted probability, ten bins of equal size; `scores` are probabilities."""
    figure, axes = _axes(title, "predicted probability", "observed rate")
    axes.plot([0, 1], [0, 1], color="#cbd5e1", ls="--", lw=1, label="perfect")
    for colour, (name, values) in zip(COLOURS, scores.items(), strict=False):
        observed, predicted = calibration_curve(y, values, n_bins=10, strategy="quantile")
        axes.plot(predicted, observed, color=colour, lw=2, marker="o", ms=5, label=name)
    axes.legend(loc="upper left")
    return figure


@styled
def feature_importance(shares: pd.Series, title: str = "Feature importance", most: int = 20) -> Figure:
    """Horizontal bars of each feature's share of the gain, the largest on top."""
    shown = shares.head(most)[::-1]
    figure, axes = _axes(title, "share of total gain", "", size=(7.5, 1.4 + 0.3 * len(shown)))
    axes.barh(shown.index, shown.to_numpy(), color=COLOURS[0], height=0.7)
    axes.grid(axis="y", visible=False)
    return figure


@styled
def learning_curve(values: list[float], trees: int, metric: str) -> Figure:
    """The metric on the early-stopping weeks after each tree, and where growing stopped."""
    figure, axes = _axes("Early stopping", "trees", f"{metric} on the early-stopping weeks")
    axes.plot(range(1, len(values) + 1), values, color=COLOURS[1], lw=2)
    axes.axvline(trees, color=COLOURS[0], ls="--", lw=1, label=f"{trees} trees kept")
    axes.legend(loc="lower right")
    return figure


def _axes(title: str, x: str, y: str, size: tuple[float, float] = (6.5, 5.0)) -> tuple[Figure, Axes]:
    # A Figure of its own, not pyplot's: nothing global to close, nothing shown twice in a notebook.
    figure = Figure(figsize=size)
    axes = figure.subplots()
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_axisbelow(True)
    return figure, axes
