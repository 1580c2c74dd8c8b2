"""Metrics that are made of sums over rows: each unit is summed once, then every sample is one product of matrices."""

from collections.abc import Callable

import numpy as np

CELLS = 10_000_000  # of one block of samples x units: 80 MB
Terms = Callable[[np.ndarray, np.ndarray], np.ndarray]
Combine = Callable[[np.ndarray], np.ndarray]


def of_sums(
    terms: Terms, combine: Combine
) -> Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """The metric ``combine(sum of terms)`` for many samples at once.

    Args:
        terms: labels and predictions to the terms of each row (shape: rows x terms).
        combine: sums (shape: samples x terms) to the metric (shape: samples).
    """

    def sampled(y: np.ndarray, predictions: np.ndarray, units: np.ndarray, counts: np.ndarray) -> np.ndarray:
        return combine(summed(counts, by_unit(terms(y, predictions), units, counts.shape[1])))

    return sampled


def by_unit(terms: np.ndarray, units: np.ndarray, count: int) -> np.ndarray:
    """The sums of each unit's rows (shape: units x terms).

    Args:
        terms: of each row (shape: rows x terms).
        units: the unit of each row (shape: rows), below `count`.
    """
    return np.column_stack([np.bincount(units, column, minlength=count) for column in terms.T])


def summed(counts: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """The sums of each sample (shape: samples x terms).

    Some samples at a time: their counts are made double precision for the product.

    Args:
        counts: how often each unit is in each sample (shape: samples x units).
        terms: of each unit (shape: units x terms).
    """
    width = max(1, CELLS // counts.shape[1])
    blocks = (counts[first : first + width] for first in range(0, len(counts), width))
    return np.concatenate([block @ terms for block in blocks])


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """`part` by `whole`; NaN where there is no whole."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole != 0)
