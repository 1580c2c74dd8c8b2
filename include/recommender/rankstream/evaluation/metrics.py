"""How good first places are, from two matrices.

Recall@k is the share of the relevant items that are among the first k. NDCG@k is the sum of ``1 / log2(1 + rank)`` over
relevant items among the first k, divided by the largest such sum that the question allows: Järvelin, Kekäläinen,
Cumulated gain-based evaluation of IR techniques, ACM TOIS 20(4), 2002, with gain 1 for relevant. Coverage is the share
of the catalogue that is in at least one answer: Ge, Delgado-Battenfeld, Jannach, Beyond accuracy, RecSys 2010.
"""

import numpy as np
from scipy import sparse


def hits(first: np.ndarray, relevant: sparse.csr_matrix) -> np.ndarray:
    """[questions, k] bool: is the item at this place relevant? Place -1 is empty."""
    rows = np.repeat(np.arange(len(first)), first.shape[1])
    found = np.asarray(relevant[rows, np.maximum(first, 0).ravel()]).ravel()
    return found.reshape(first.shape).astype(bool) & (first >= 0)


def recall(found: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """[questions], from hits [questions, k] and the number of relevant items [questions]; NaN without one."""
    return _divided(found.sum(axis=1), relevant)


def ndcg(found: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """[questions], see `recall`."""
    gains = 1 / np.log2(np.arange(found.shape[1]) + 2)
    best = np.concatenate([[0], np.cumsum(gains)])
    return _divided(found @ gains, best[np.minimum(relevant, found.shape[1])])


def coverage(first: np.ndarray, items: int) -> float:
    """Share of so many items that are in at least one row."""
    return len(np.unique(first[first >= 0])) / items


def _divided(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    return np.where(under > 0, over / np.maximum(under, 1e-12), np.nan)
