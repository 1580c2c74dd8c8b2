"""How an export compares with the original: its answers, its size, its time."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from edgescorer.engines import Score

TOP = 0.01
CALLS = {"exported": 2_000, "original": 300}  # of one row each; the original takes milliseconds
BATCH, RUNS = 2_000, 3
Answers = Callable[[np.ndarray], np.ndarray]


def parity(said: np.ndarray, right: np.ndarray) -> dict[str, float]:
    """Differences, and whether the order is kept: Spearman's correlation, and the share of the highest hundredth that
    is among the original's highest hundredth."""
    apart = np.abs(said - right)
    top = max(1, int(len(right) * TOP))
    # equal scores keep the order of the rows in both
    first, second = (set(np.argsort(-values, kind="stable")[:top].tolist()) for values in (said, right))
    return {
        "rows": len(right),
        "largest_difference": float(apart.max()),
        "mean_difference": float(apart.mean()),
        "rank_correlation": float(pd.Series(said).corr(pd.Series(right), method="spearman")),
        "same_top_hundredth": len(first & second) / top,
    }


def as_answers(score: Score) -> Answers:
    """An engine of the runner as a function of a matrix."""
    return lambda matrix: np.array(score(as_rows(matrix)), dtype=np.float64)


def as_rows(matrix: np.ndarray) -> list[tuple[float, ...]]:
    """As the runner has them."""
    return [tuple(row) for row in matrix.tolist()]


def speeds(exported: Score, original: Answers, matrix: np.ndarray) -> dict[str, dict[str, float]]:
    """Microseconds for a row, rows a second in batches of 2,000; the batches take turns on the same machine."""
    rows = as_rows(matrix)
    frames = [matrix[at : at + 1] for at in range(min(len(matrix), CALLS["original"]))]
    singles = {
        "exported": _singles(exported, [[row] for row in rows]),
        "original": _singles(original, frames),
    }
    many = np.resize(matrix, (BATCH, matrix.shape[1]))
    batches: dict[str, list[float]] = {"exported": [], "original": []}
    for _ in range(RUNS):
        batches["exported"].append(_seconds(exported, as_rows(many)))
        batches["original"].append(_seconds(original, many))
    return {
        name: {**singles[name], "rows_per_second": round(BATCH / float(np.median(batches[name])))}
        for name in singles
    }


def _singles(function: Callable[[Any], Any], rows: Sequence[Any]) -> dict[str, float]:
    most = CALLS["exported"] if isinstance(rows[0], list) else CALLS["original"]
    times = [_seconds(function, rows[at % len(rows)]) * 1e6 for at in range(most)]
    median, p99 = np.percentile(times, [50, 99])
    return {"median_us": round(float(median), 1), "p99_us": round(float(p99), 1)}


def _seconds(function: Callable[[Any], Any], argument: Any) -> float:
    begin = perf_counter()
    function(argument)
    return perf_counter() - begin
