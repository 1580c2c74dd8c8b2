"""Pictures of how trees were grown: which features they split on, and where growing stopped."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from lakeloop.lifecycle.plots.style import colour, new_axes, styled


@styled
def feature_importance(shares: pd.Series, title: str = "Feature importance", most: int = 20) -> Figure:
    """Horizontal bars of each feature's share of the gain, the largest on top."""
    shown = shares.head(most)[::-1]
    figure, axes = new_axes(title, "share of total gain", "", size=(7.5, 1.4 + 0.3 * len(shown)))
    axes.barh(shown.index, shown.to_numpy(), color=colour(0), height=0.7)
    axes.grid(axis="y", visible=False)
    return figure


@styled
def learning_curve(values: Sequence[float], trees: int, metric: str) -> Figure:
    """The metric on the early-stopping periods after each tree, and where growing stopped."""
    figure, axes = new_axes("Early stopping", "trees", f"{metric} on the early-stopping periods")
    axes.plot(range(1, len(values) + 1), values, color=colour(1), lw=2)
    axes.axvline(trees, color=colour(0), ls="--", lw=1, label=f"{trees} trees kept")
    axes.legend(loc="lower right")
    return figure
