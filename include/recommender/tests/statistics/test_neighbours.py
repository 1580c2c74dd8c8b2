"""Cosine, against the formula on whole vectors and against scikit-learn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.metrics.pairwise import cosine_similarity

from rankstream.statistics import nearest, neighbours

matrices = st.tuples(st.integers(1, 8), st.integers(2, 9)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.sampled_from([0, 0, 1, 2]))
)


@given(matrices, st.integers(1, 5))
def test_similarities_are_the_largest_cosines(matrix: np.ndarray, kept: int) -> None:
    expected = cosine_similarity(matrix.T)
    np.fill_diagonal(expected, -1)
    largest = -np.sort(-expected, axis=1)[:, : min(kept, matrix.shape[1] - 1)]

    found = nearest(sparse.csr_matrix(matrix), kept)

    assert found.items.shape == largest.shape
    np.testing.assert_allclose(found.similarity, largest, atol=2e-5)
    rows = np.arange(matrix.shape[1])[:, None]
    real = found.similarity > 0
    named = np.where(real, expected[rows, found.items], 0)
    np.testing.assert_allclose(named, np.where(real, largest, 0), atol=2e-5)
    assert (np.where(real, rows, found.items) == rows).all()  # what is no neighbour is the item itself


def test_of_equal_ones_the_smaller_number_comes_first() -> None:
    found = nearest(sparse.csr_matrix(np.ones((3, 5))), 3)

    assert found.items[4].tolist() == [0, 1, 2]


def test_parts_of_the_matrix_make_the_whole(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    matrix = sparse.random(40, 23, 0.3, format="csr", random_state=1)
    whole = nearest(matrix, 6)
    monkeypatch.setattr(neighbours, "AT_ONCE", 5)

    parts = nearest(matrix, 6)

    assert (parts.items == whole.items).all()
    assert (parts.similarity == whole.similarity).all()
