"""Reason codes name the features that moved a prediction most."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lakeloop.lifecycle.explain.contributions import Explanation
from lakeloop.lifecycle.explain.reasons import reasons

X = pd.DataFrame({"a": [1.0, np.nan], "b": [2.0, 4.0], "c": [0.0, 5.0]})


def test_the_largest_come_first_with_value_and_sign() -> None:
    explanation = Explanation(0.1, np.array([[0.5, -0.7, 0.0], [-0.2, 0.2, 0.1]]), "logit")

    first, second = reasons(explanation, X, most=2)

    assert first == [
        {"feature": "b", "value": 2.0, "contribution": -0.7},
        {"feature": "a", "value": 1.0, "contribution": 0.5},
    ]
    assert second == [
        {"feature": "a", "value": None, "contribution": -0.2},
        {"feature": "b", "value": 4.0, "contribution": 0.2},
    ]


def test_what_added_nothing_is_no_reason() -> None:
    assert reasons(Explanation(0.1, np.zeros((2, 3)), "identity"), X, most=2) == [[], []]


@given(arrays("float64", (5, 4), elements=st.floats(-3, 3)), st.integers(1, 6))
def test_no_feature_that_is_left_out_moved_it_more(contributions: np.ndarray, most: int) -> None:
    x = pd.DataFrame(np.zeros((5, 4)), columns=list("abcd"))

    for row, found in zip(
        contributions, reasons(Explanation(0, contributions, "identity"), x, most), strict=True
    ):
        named = {reason["feature"]: reason["contribution"] for reason in found}
        left_out = [abs(part) for name, part in zip("abcd", row, strict=True) if name not in named]
        sizes = [abs(part) for part in named.values()]
        assert sizes == sorted(sizes, reverse=True)
        assert len(found) == min(most, np.count_nonzero(row))
        assert all(size >= max(left_out) for size in sizes if left_out)
