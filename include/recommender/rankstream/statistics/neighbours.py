"""Items that go together: cosine of their columns, the nearest of each.

Cosine of two items is what they share divided by the geometric mean of their sizes, as in item-to-item collaborative
filtering: Linden, Smith, York, Amazon.com Recommendations, IEEE Internet Computing 7(1), 2003.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse

AT_ONCE = 500  # rows of the square matrix that are in memory at the same time


class Neighbours(NamedTuple):
    """The nearest of each item, nearest first; of equal ones the smaller number first.

    Attributes:
        items: [items, kept], numbers; where there are fewer, an item's own with similarity 0.
        similarity: [items, kept], from 0 to 1.
    """

    items: np.ndarray
    similarity: np.ndarray


def nearest(matrix: sparse.csr_matrix, kept: int) -> Neighbours:
    """The nearest items of each column of [rows, items], itself left out."""
    size = matrix.shape[1]
    kept = min(kept, size - 1) if size > 1 else 1
    columns = _normalised(matrix)
    across = columns.T.tocsr()
    items, similarity = np.empty((size, kept), np.int32), np.empty((size, kept), np.float32)
    for start in range(0, size, AT_ONCE):
        part = (across[start : start + AT_ONCE] @ columns).toarray()
        place = slice(start, start + len(part))
        items[place], similarity[place] = _best(part, start, kept)
    return Neighbours(items, similarity)


def _normalised(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0), dtype=np.float64).ravel())
    return (matrix @ sparse.diags(1 / np.where(length > 0, length, 1))).tocsr().astype(np.float32)


def _best(part: np.ndarray, start: int, kept: int) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(len(part))
    part[rows, rows + start] = -1
    # rounded: sums of the same numbers in another order are ties
    part = np.round(part, 5)
    order = np.argsort(-part, axis=1, kind="stable")[:, :kept]
    similarity = np.take_along_axis(part, order, axis=1)
    items = np.where(similarity > 0, order, (rows + start)[:, None])
    return items.astype(np.int32), np.maximum(similarity, 0)
