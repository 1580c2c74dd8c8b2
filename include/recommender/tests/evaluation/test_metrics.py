"""Metrics against scikit-learn and against sets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.metrics import ndcg_score

from rankstream.evaluation.metrics import coverage, hits, ndcg, recall

ITEMS, K = 12, 5
questions = st.lists(
    st.tuples(st.permutations(range(ITEMS)), st.sets(st.integers(0, ITEMS - 1), min_size=1)),
    min_size=1,
    max_size=8,
)


@given(questions)
def test_as_others_compute_them(asked: list[tuple[list[int], set[int]]]) -> None:
    first = np.array([order[:K] for order, _ in asked])
    truth = np.array([[item in right for item in range(ITEMS)] for _, right in asked])
    scores = np.array([[-order.index(item) for item in range(ITEMS)] for order, _ in asked])
    found, number = hits(first, sparse.csr_matrix(truth)), truth.sum(axis=1)

    sets = [len(set(order[:K]) & right) / len(right) for order, right in asked]
    np.testing.assert_allclose(recall(found, number), sets)
    np.testing.assert_allclose(ndcg(found, number).mean(), ndcg_score(truth, scores, k=K))


def test_an_empty_place_is_no_hit_and_a_question_without_answer_has_no_value() -> None:
    first = np.array([[0, -1], [-1, -1]])
    relevant = sparse.csr_matrix(np.array([[True, False, True], [False, False, False]]))

    found = hits(first, relevant)

    assert found.tolist() == [[True, False], [False, False]]
    assert recall(found, np.array([2, 0]))[0] == 0.5
    assert np.isnan(ndcg(found, np.array([2, 0]))[1])


def test_coverage_counts_items_once() -> None:
    assert coverage(np.array([[0, 1], [1, -1]]), 8) == 0.25
