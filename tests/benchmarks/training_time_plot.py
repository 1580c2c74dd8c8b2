"""Draws the training times of `bench_training_time.py` with their fitted cost curves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from scipy.optimize import nnls

COLOURS = {"trees": "#1b6ca8", "linear": "#d1721f"}
NAMES = {"trees": "XGBoost, 60 trees, twice", "linear": "logistic regression, twice"}
STYLES = {"driver": ("o", "-", "one machine"), "workers": ("s", "--", "two Spark workers")}
BYTES_PER_VALUE = 8
EXTRAPOLATED_ROWS = 100_000_000


def fit(rows: np.ndarray, seconds: np.ndarray) -> tuple[float, float]:
    """Start-up seconds a and seconds per row b of a + b * rows, neither below 0, by relative least squares."""
    design = np.column_stack([1 / seconds, rows / seconds])
    (start, per_row), _ = nnls(design, np.ones(len(rows)))
    return float(start), float(per_row)


def draw(measured: Path, picture: Path) -> Iterator[str]:
    """Writes the picture; says each fitted curve, its worst error, and what it makes of 100 million rows."""
    table = pd.read_csv(measured)
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for (model, where), points in table.groupby(["model", "where"], sort=False):
        rows, seconds = points["rows"].to_numpy("float64"), points["cpu_seconds"].to_numpy("float64")
        start, per_row = fit(rows, seconds)
        _series(axes, str(model), str(where), rows, seconds, start, per_row)
        worst = float(np.max(np.abs((start + per_row * rows) / seconds - 1)))
        hours = (start + per_row * EXTRAPOLATED_ROWS) / 3600
        name = f"{model:7} {where:8}"
        yield (
            f"{name} {start:6.2f} s + {1e6 * per_row:7.2f} s per million rows, off by {worst:4.0%} at most, "
            f"{EXTRAPOLATED_ROWS:,} rows: {hours:.1f} h"
        )
    _describe(axes, int(table["features"].iloc[0]))
    figure.savefig(picture, dpi=150)
    plt.close(figure)


def _series(
    axes: Axes, model: str, where: str, rows: np.ndarray, seconds: np.ndarray, start: float, per_row: float
) -> None:
    marker, line, place = STYLES[where]
    axes.plot(
        rows,
        seconds,
        marker,
        color=COLOURS[model],
        label=f"{NAMES[model]}, {place}",
        mfc="white" if where == "workers" else None,
    )
    inside = np.geomspace(rows.min(), rows.max(), 100)
    beyond = np.geomspace(rows.max(), EXTRAPOLATED_ROWS, 100)
    axes.plot(inside, start + per_row * inside, line, color=COLOURS[model], lw=1.5)
    axes.plot(beyond, start + per_row * beyond, ":", color=COLOURS[model], lw=1, alpha=0.7)


def _scale(factor: float) -> Any:
    """There and back."""
    return (lambda value: value * factor, lambda value: value / factor)


def _describe(axes: Axes, features: int) -> None:
    axes.set(xscale="log", yscale="log", xlabel="rows", ylabel="processor seconds")
    axes.set_title("Model training time vs. data size", loc="left", fontsize=12)
    axes.grid(True, which="major", alpha=0.25)
    axes.spines[["right"]].set_visible(False)
    to_gigabytes = features * BYTES_PER_VALUE / 1e9
    top = axes.secondary_xaxis("top", functions=_scale(to_gigabytes))
    top.set_xlabel(f"GB in memory ({features} features of 8 bytes)")
    right = axes.secondary_yaxis("right", functions=_scale(1 / 3600))
    right.set_ylabel("processor hours")
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    axes.text(
        0.99,
        0.02,
        "dotted: extrapolated",
        transform=axes.transAxes,
        ha="right",
        va="bottom",
        fontsize=9,
        color="#666",
    )
