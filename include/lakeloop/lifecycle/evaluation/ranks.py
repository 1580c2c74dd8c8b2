"""Metrics of a ranking: each class is sorted once, and every sample weights the sorted rows.

Only rows of class 1 are looked at one by one: the running sum of the other class's weights says what ranks below each.
Samples lie in columns, so that one row of memory holds one unit's weights in all samples of a block.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lakeloop.lifecycle.evaluation.sums import share

CELLS = 1_000_000  # of one block of rows x samples: it stays in the processor's cache


def area_under_roc(y: np.ndarray, scores: np.ndarray, units: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The chance that a row of class 1 ranks above one of class 0, ties counting half (shape: samples)."""
    ones, zeros = _Ranked.of(scores[y == 1], units[y == 1]), _Ranked.of(scores[y == 0], units[y == 0])
    lower, not_higher = zeros.lower(ones.scores), zeros.not_higher(ones.scores)
    parts = []
    for block in blocks(counts, len(y)):
        weights, below = ones.weights(block), zeros.running(block)
        twice = below[lower] + below[not_higher]
        pairs = np.einsum("ij,ij->j", weights, twice) / 2
        parts.append(share(pairs, weights.sum(axis=0, dtype="float64") * below[-1]))
    return np.concatenate(parts)


def average_precision(y: np.ndarray, scores: np.ndarray, units: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The mean over rows of class 1 of the precision among all rows that rank no lower (shape: samples)."""
    ones, zeros = _Ranked.of(scores[y == 1], units[y == 1]), _Ranked.of(scores[y == 0], units[y == 0])
    lower_ones, lower_zeros = ones.lower(ones.scores), zeros.lower(ones.scores)
    parts = []
    for block in blocks(counts, len(y)):
        weights, found, wrong = ones.weights(block), ones.running(block), zeros.running(block)
        hits = found[-1] - found[lower_ones]
        total = hits + (wrong[-1] - wrong[lower_zeros])
        precision = np.divide(hits, total, out=np.zeros_like(hits), where=total > 0)
        both_classes = (found[-1] > 0) & (wrong[-1] > 0)
        parts.append(share(np.einsum("ij,ij->j", weights, precision), np.where(both_classes, found[-1], 0.0)))
    return np.concatenate(parts)


@dataclass(frozen=True)
class _Ranked:
    """The rows of one class, lowest score first."""

    scores: np.ndarray
    units: np.ndarray

    @classmethod
    def of(cls, scores: np.ndarray, units: np.ndarray) -> "_Ranked":
        order = np.argsort(scores)
        return cls(scores[order], units[order])

    def lower(self, scores: np.ndarray) -> np.ndarray:
        """How many rows score less than each of `scores`."""
        return np.searchsorted(self.scores, scores, side="left")

    def not_higher(self, scores: np.ndarray) -> np.ndarray:
        """How many rows score at most each of `scores`."""
        return np.searchsorted(self.scores, scores, side="right")

    def weights(self, block: np.ndarray) -> np.ndarray:
        """Of each row in each sample (shape: rows x samples)."""
        return block[self.units]

    def running(self, block: np.ndarray) -> np.ndarray:
        """Weight of the lowest 0, 1, 2, ... rows in each sample (shape: rows + 1 x samples)."""
        sums = np.zeros((len(self.units) + 1, block.shape[1]))
        np.cumsum(self.weights(block), axis=0, out=sums[1:])
        return sums


def blocks(counts: np.ndarray, rows: int) -> Iterator[np.ndarray]:
    """Units x samples, some samples at a time."""
    width = max(1, CELLS // max(1, rows))
    for first in range(0, len(counts), width):
        yield np.ascontiguousarray(counts[first : first + width].T, dtype="float64")
