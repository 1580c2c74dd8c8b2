"""Pictures of SHAP values: how much each feature moves predictions, and which of its values move them where."""

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure

from lakeloop.lifecycle.plots.style import FAINT, colour, new_axes, styled

LOW_TO_HIGH = LinearSegmentedColormap.from_list("low to high", [colour(1), "#e9d5ff", colour(0)])
UNKNOWN = "#94a3b8"
BINS, THICK, APART = 80, 0.38, 0.06  # of a feature's line of dots
MOST_DOTS = 2_000  # of one feature


@styled
def mean_size(overall: pd.Series, unit: str, title: str = "What moves predictions", most: int = 15) -> Figure:
    """Horizontal bars of each feature's mean |SHAP|, the largest on top."""
    shown = overall.head(most)[::-1]
    figure, axes = new_axes(title, f"mean |SHAP|, {unit}", "", size=(8.0, 1.4 + 0.3 * len(shown)))
    axes.barh(shown.index, shown.to_numpy(), color=colour(0), height=0.7)
    axes.grid(axis="y", visible=False)
    return figure


@styled
def beeswarm(
    x: pd.DataFrame,
    contributions: np.ndarray,
    unit: str,
    title: str = "Which values raise and which lower predictions",
    most: int = 12,
) -> Figure:
    """A dot for each row in the line of each feature: right of 0 it raises the prediction; red is a high value, blue a
    low one, grey a missing one. At most 2,000 rows, evenly taken.

    Args:
        x: the features' values (shape: rows x features).
        contributions: SHAP values of the same rows and features.
    """
    step = max(1, -(-len(x) // MOST_DOTS))
    x, contributions = x.iloc[::step], contributions[::step]
    chosen = np.argsort(-np.abs(contributions).mean(axis=0), kind="stable")[:most]
    figure, axes = new_axes(title, f"SHAP value, {unit}", "", size=(8.0, 1.6 + 0.42 * len(chosen)))
    axes.axvline(0, color=FAINT, lw=1)
    for line, feature in enumerate(chosen[::-1]):
        values, parts = x.iloc[:, feature], contributions[:, feature]
        # by rank, or one outlier would leave all others one colour
        colours = LOW_TO_HIGH(values.rank(pct=True).fillna(0).to_numpy())
        colours[values.isna().to_numpy()] = to_rgba(UNKNOWN)
        axes.scatter(parts, line + _offsets(parts), s=7, c=colours, linewidths=0, zorder=2)
    axes.set_yticks(range(len(chosen)), [str(x.columns[feature]) for feature in chosen[::-1]])
    axes.grid(axis="y", visible=False)
    bar = figure.colorbar(ScalarMappable(cmap=LOW_TO_HIGH), ax=axes, ticks=[0, 1], aspect=40, pad=0.02)
    bar.ax.set_yticklabels(["low", "high"])
    bar.set_label("value of the feature", labelpad=-10)
    bar.outline.set_visible(False)
    return figure


def _offsets(parts: np.ndarray) -> np.ndarray:
    """How far each dot is moved off its line, so that dots of like values lie beside one another (shape: rows)."""
    low, high = float(parts.min()), float(parts.max())
    bins = np.floor((parts - low) / max(high - low, 1e-12) * BINS).astype("int64")
    order = np.argsort(bins, kind="stable")
    starts = np.searchsorted(bins[order], np.arange(BINS + 2))
    number = np.arange(len(parts)) - starts[bins[order]]  # of the dot within its bin
    crowded = max(1, int(np.diff(starts).max(initial=1)))
    side = np.where(number % 2 == 0, 1, -1) * ((number + 1) // 2)
    offsets = np.empty(len(parts))
    offsets[order] = side * min(APART, 2 * THICK / crowded)
    return np.clip(offsets, -THICK, THICK)
