"""A few numbers for each item, from who had which: truncated singular value decomposition.

PureSVD of Cremonesi, Koren, Turrin, Performance of recommender algorithms on top-N recommendation tasks, RecSys 2010:
an entity with weights x is folded in as ``x V``, and scores all items with ``(x V) V'``.
"""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds


def factors_of(matrix: sparse.csr_matrix, factors: int, seed: int) -> np.ndarray:
    """[items, factors] float32 of [entities, items]; the same for the same seed.

    Rows have length 1 and a column is divided by the root of its length, so that neither the busiest entities nor the
    most popular items fill all factors.
    """
    factors = min(factors, min(matrix.shape) - 1)
    if factors < 1:
        return np.zeros((matrix.shape[1], 1), np.float32)
    scaled = _scaled(matrix)
    start = np.random.default_rng(seed).normal(size=min(matrix.shape))
    _, _, across = svds(scaled, k=factors, v0=start)
    signs = np.sign(across[np.arange(factors), np.abs(across).argmax(axis=1)])
    return np.ascontiguousarray((across * signs[:, None])[::-1].T, dtype=np.float32)


def _scaled(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    columns = matrix @ sparse.diags(_inverse(_lengths(matrix, 0)) ** 0.5)
    return (sparse.diags(_inverse(_lengths(columns, 1))) @ columns).tocsr()


def _lengths(matrix: sparse.csr_matrix, axis: int) -> np.ndarray:
    return np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=axis), dtype=np.float64).ravel())


def _inverse(values: np.ndarray) -> np.ndarray:
    return 1 / np.where(values > 0, values, 1)
