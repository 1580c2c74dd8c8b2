"""Trees in eight bits.

A tree compares a feature with finitely many thresholds, so that the number of thresholds that a value reaches says
all that a tree can see of it: a byte where there are at most 254 of them, without any loss. Where a feature has more,
the thresholds are merged to 254, which loses what lay between. A leaf is a signed byte times a scale of its tree, which
loses up to half a step. Both losses are measured by whoever exports.
"""

from dataclasses import dataclass

import numpy as np

from .trees import Trees

MOST_EDGES = 254  # bins 0 to 254; 255 is a missing value that goes right, and a leaf's threshold
NEVER = 255
LARGEST_LEAF = 127


@dataclass(frozen=True)
class Quantised:
    """What :class:`Trees` says, in bytes.

    Args:
        edges: float32 [features, most edges], rising, NaN behind the last. A value's bin is how many it reaches.
        threshold: uint8 [nodes]; a bin that reaches it goes right. 255 for a leaf, which nothing reaches.
        leaf: int8 [nodes].
        scale: float32 [trees], what a step of a leaf is worth.
        merged: thresholds of the trees that are no edge of their own.
    """

    trees: Trees
    edges: np.ndarray
    threshold: np.ndarray
    leaf: np.ndarray
    scale: np.ndarray
    merged: int


def quantise(trees: Trees) -> Quantised:
    """The trees in bytes."""
    inner = ~np.isnan(trees.threshold)
    kept, threshold, merged = [], np.full(len(trees.left), NEVER, dtype=np.uint8), 0
    for feature in range(trees.features):
        here = inner & (trees.feature == feature)
        edges = _edges(trees.threshold[here])
        merged += len(np.unique(trees.threshold[here])) - len(edges)
        threshold[here] = _nearest(edges, trees.threshold[here]) + 1
        kept.append(edges)
    leaf, scale = _leaves(trees)
    return Quantised(trees, _padded(kept), threshold, leaf, scale, merged)


def _edges(thresholds: np.ndarray) -> np.ndarray:
    """All of them, or 254 between which equally many nodes lie."""
    edges = np.unique(thresholds)
    if len(edges) <= MOST_EDGES:
        return edges
    ranks = np.linspace(0, len(thresholds) - 1, MOST_EDGES).round().astype(int)
    return np.unique(np.sort(thresholds)[ranks])


def _nearest(edges: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """The place of the edge nearest to each threshold."""
    if not len(edges):
        return np.zeros(0, dtype=int)
    above = np.searchsorted(edges, thresholds).clip(0, len(edges) - 1)
    below = (above - 1).clip(0)
    return np.where(thresholds - edges[below] < edges[above] - thresholds, below, above)


def _padded(rows: list[np.ndarray]) -> np.ndarray:
    """NaN is reached by nothing."""
    table = np.full((len(rows), max(1, *map(len, rows))), np.nan, dtype=np.float32)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table


def _leaves(trees: Trees) -> tuple[np.ndarray, np.ndarray]:
    largest = np.zeros(len(trees.roots), dtype=np.float32)
    np.maximum.at(largest, trees.tree, np.abs(trees.leaf))
    scale = np.where(largest > 0, largest, 1) / LARGEST_LEAF
    steps = np.rint(trees.leaf / scale[trees.tree])
    return steps.astype(np.int8), scale.astype(np.float32)
