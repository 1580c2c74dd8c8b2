"""The same as the beginning of a stable sort, ties included."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rankstream.top import top


@given(st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 0.5, 2.0]), max_size=30), st.integers(0, 35))
def test_the_beginning_of_a_stable_sort(scores: list[float], k: int) -> None:
    array = np.array(scores)

    assert top(array, k).tolist() == np.argsort(-array, kind="stable")[:k].tolist()
