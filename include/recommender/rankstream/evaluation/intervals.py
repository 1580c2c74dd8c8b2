"""Intervals of a mean over questions, where those of one entity belong together.

Entities are drawn with replacement, with all their questions (cluster bootstrap: Davison, Hinkley, Bootstrap Methods
and their Application, 1997, chapter 3.8), and the interval is between percentiles of the means. A difference of two
methods is paired: its mean is taken of the differences by question.
"""

from typing import NamedTuple

import numpy as np

DRAWS = 1000
LEVEL = 0.95


class Estimate(NamedTuple):
    """A mean and its interval."""

    mean: float
    low: float
    high: float


def estimate(values: np.ndarray, entities: np.ndarray, seed: int) -> Estimate:
    """Mean of the values [questions] that are not NaN, with its interval over entities [questions]."""
    known = ~np.isnan(values)
    if not known.any():
        return Estimate(np.nan, np.nan, np.nan)
    _, numbers = np.unique(entities[known], return_inverse=True)
    sums, counts = np.bincount(numbers, weights=values[known]), np.bincount(numbers)
    size = len(counts)
    drawn = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), size=DRAWS)
    means = (drawn @ sums) / (drawn @ counts)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(sums.sum() / counts.sum()), float(low), float(high))
