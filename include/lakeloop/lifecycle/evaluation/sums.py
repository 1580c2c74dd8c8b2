"""Metrics that are made of sums over rows: each unit is summed once, then every sample is one product of matrices."""

from collections.abc import Callable

import numpy as np

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
        by_row = terms(y, predictions)
        by_unit = [np.bincount(units, column, minlength=counts.shape[1]) for column in by_row.T]
        return combine(counts @ np.column_stack(by_unit))

    return sampled


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """`part` by `whole`; NaN where there is no whole."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole != 0)
