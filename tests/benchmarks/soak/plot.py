"""Draws how long after a payment its score is known: each night in a batch, from the stream, and asked over HTTP.

``python -m tests.benchmarks.soak.plot QUANTILES PICTURE --pipeline SECONDS``: the quantiles are those that
``python -m tests.benchmarks.soak --quantiles`` has written. A batch scores a day at the hour of `score.cron`, when the
pipeline has run; how long that took is what ``lakeloop run`` shows for ingest, transform and score.
"""

import argparse
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

DAY, HOUR = 86_400.0, 3_600.0
SCORED_AT = 3 * HOUR  # after the end of the day, as `score.cron` of fraud.yaml says
COLOURS = {"batch, each night": "#d1721f", "stream: Kafka to decision": "#1b6ca8", "scorer: HTTP": "#3a8f5c"}
SHARES = np.linspace(0, 1, 201)
TICKS = {
    0.001: "1 ms",
    0.01: "10 ms",
    0.1: "100 ms",
    1: "1 s",
    10: "10 s",
    60: "1 min",
    HOUR: "1 h",
    DAY: "1 d",
}


def quantiles(values: np.ndarray) -> np.ndarray:
    """201 of them, evenly spaced from the least to the greatest."""
    return np.quantile(values, SHARES)


def batch(pipeline_seconds: float) -> np.ndarray:
    """Quantiles in seconds of payments that are spread evenly over a day."""
    return DAY * SHARES + SCORED_AT + pipeline_seconds


def draw(measured: pd.DataFrame, pipeline_seconds: float, picture: Path) -> None:
    """Shares of payments by the time until their score, seconds, on a logarithmic axis."""
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    series = {str(name): measured[name].to_numpy() for name in measured}
    for name, seconds in {**series, "batch, each night": batch(pipeline_seconds)}.items():
        axes.plot(np.maximum(seconds, 1e-4), 100 * SHARES, color=COLOURS[name], label=_said(name, seconds))
    _describe(axes)
    figure.savefig(picture, dpi=150)
    plt.close(figure)


def _said(name: str, seconds: np.ndarray) -> str:
    half, most = seconds[len(seconds) // 2], seconds[round(0.99 * (len(seconds) - 1))]
    return f"{name}: half within {_time(half)}, 99 % within {_time(most)}"


def _time(seconds: float) -> str:
    if seconds >= HOUR:
        return f"{seconds / HOUR:.0f} h"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _describe(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_xticks(list(TICKS), list(TICKS.values()))
    axes.minorticks_off()
    axes.set_xlabel("from the payment until its score is known")
    axes.set_ylabel("% of payments")
    axes.set_title("Latency of batch and real-time deployments")
    axes.grid(alpha=0.3)
    axes.figure.legend(loc="outside lower center", frameon=False)


def main() -> None:
    """Reads the quantiles, writes the picture."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak.plot", description=__doc__)
    parser.add_argument("quantiles", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument(
        "--pipeline", type=float, required=True, help="seconds of ingest, transform and score"
    )
    options = parser.parse_args()
    draw(pd.read_csv(options.quantiles), options.pipeline, options.picture)


if __name__ == "__main__":
    main()
