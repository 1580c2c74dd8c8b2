"""The C function answers as the booster does, for every kind of booster, and says what it cannot."""

from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st

from oipscorer.models.engines.native import Scorer
from oipscorer_testing.models import BINARY, MULTI, expected, frame, trained

KINDS: dict[str, dict[str, Any]] = {
    "binary": BINARY,
    "classes": MULTI,
    "class": MULTI | {"objective": "multi:softmax"},
    "regression": {"objective": "reg:squarederror"},
    "dart": {"booster": "dart", "objective": "binary:logistic", "rate_drop": 0.5},
    "forest": BINARY | {"num_parallel_tree": 3, "subsample": 0.5, "learning_rate": 1},
}
ROWS = frame(50, seed=6).astype("float32")


@pytest.mark.parametrize("kind", KINDS)
def test_it_answers_as_the_booster(kind: str) -> None:
    booster = trained(frame(), KINDS[kind])

    for rows in (ROWS, ROWS.head(1)):  # pandas keeps them by column, not by row
        scores = Scorer(booster, 0)(rows.to_numpy())
        assert scores.dtype == np.float32
        assert np.array_equal(scores, expected(booster, rows))


def test_a_part_of_the_rounds_can_be_asked_for() -> None:
    booster = trained(frame(), BINARY)

    scores = Scorer(booster, 3)(ROWS.to_numpy())

    assert np.array_equal(scores, booster.predict(xgb.DMatrix(ROWS), iteration_range=(0, 3)))


def test_what_the_library_refuses_is_an_error() -> None:
    linear = trained(frame(), {"booster": "gblinear"})

    with pytest.raises(xgboost_error(), match=r"not implemented|Inplace predict"):
        Scorer(linear, 0)(ROWS.to_numpy())


def xgboost_error() -> type[Exception]:
    error: type[Exception] = xgb.core.XGBoostError
    return error


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.floats(width=32, allow_infinity=False), min_size=4, max_size=40))
def test_missing_values_and_any_number_are_scored_as_the_booster_scores_them(values: list[float]) -> None:
    matrix = np.array(values[: len(values) // 4 * 4], dtype=np.float32).reshape(-1, 4)

    rows = xgb.DMatrix(matrix, feature_names=list(ROWS.columns), feature_types=BOOSTER.feature_types)
    assert np.array_equal(Scorer(BOOSTER, 0)(matrix), BOOSTER.predict(rows))


BOOSTER = trained(frame(), BINARY)
