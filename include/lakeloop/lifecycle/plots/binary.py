"""Pictures of a ranking and of its probabilities: ROC, precision-recall, calibration."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from lakeloop.lifecycle.plots.style import FAINT, colour, new_axes, styled


@styled
def roc(y: np.ndarray, scores: Mapping[str, np.ndarray], title: str = "ROC") -> Figure:
    """True against false positives, one line per contender."""
    figure, axes = new_axes(title, "false positive rate", "true positive rate")
    for number, (name, values) in enumerate(scores.items()):
        x, height, _ = roc_curve(y, values)
        label = f"{name}  AUC {roc_auc_score(y, values):.3f}"
        axes.plot(x, height, color=colour(number), lw=2, label=label)
    axes.plot([0, 1], [0, 1], color=FAINT, ls="--", lw=1)
    axes.legend(loc="lower right")
    return figure


@styled
def precision_recall(
    y: np.ndarray, scores: Mapping[str, np.ndarray], title: str = "Precision-recall"
) -> Figure:
    """Precision against recall, one line per contender; the dashed line is the share of class 1."""
    figure, axes = new_axes(title, "recall", "precision")
    for number, (name, values) in enumerate(scores.items()):
        precision, recall, _ = precision_recall_curve(y, values)
        label = f"{name}  AP {average_precision_score(y, values):.3f}"
        axes.plot(recall, precision, color=colour(number), lw=2, label=label)
    axes.axhline(float(np.mean(y)), color=FAINT, ls="--", lw=1)
    axes.set_ylim(0, 1.02)
    axes.legend(loc="upper right")
    return figure


@styled
def calibration(y: np.ndarray, scores: Mapping[str, np.ndarray], title: str = "Calibration") -> Figure:
    """Observed rate against predicted probability, ten bins of equal size.

    A contender whose scores are no probabilities (a rule that only ranks) has no line.
    """
    figure, axes = new_axes(title, "predicted probability", "observed rate")
    axes.plot([0, 1], [0, 1], color=FAINT, ls="--", lw=1, label="perfect")
    for number, (name, values) in enumerate(scores.items()):
        if values.min() < 0 or values.max() > 1:
            continue
        observed, predicted = calibration_curve(y, values, n_bins=10, strategy="quantile")
        axes.plot(predicted, observed, color=colour(number), lw=2, marker="o", ms=5, label=name)
    axes.legend(loc="upper left")
    return figure
