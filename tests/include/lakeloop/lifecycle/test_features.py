"""What a feature table must hold, and what may be missing in it."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle.features import (
    BadColumnError,
    MissingColumnError,
    labels,
    model_input,
    require_columns,
    require_filled,
)


def test_missing_columns_are_named_with_what_there_is() -> None:
    with pytest.raises(
        MissingColumnError, match=r"table g\.t has no column spend, visits; it has household_id, week"
    ):
        require_columns("g.t", ["household_id", "week"], ["week", "spend", "visits"])


def test_features_become_float_in_the_order_asked_for() -> None:
    frame = pd.DataFrame(
        {
            "flag": [True, False],
            "amount": [Decimal("1.50"), None],
            "count": pd.array([1, None], dtype="Int64"),
            "other": ["x", "y"],
        }
    )

    given = model_input(frame, ["count", "amount", "flag"])

    assert given.columns.tolist() == ["count", "amount", "flag"]
    assert set(given.dtypes) == {np.dtype("float64")}
    assert given.iloc[0].tolist() == [1.0, 1.5, 1.0]
    assert given.iloc[1].isna().tolist() == [True, True, False]


def test_infinity_means_not_known() -> None:
    given = model_input(pd.DataFrame({"ratio": [np.inf, -np.inf, 2.0]}), ["ratio"])

    assert given["ratio"].isna().tolist() == [True, True, False]


def test_text_is_no_feature() -> None:
    with pytest.raises(BadColumnError, match="feature age is object and does not hold numbers"):
        model_input(pd.DataFrame({"age": ["19-24", "65+"]}), ["age"])


def test_a_key_without_a_value_is_refused() -> None:
    frame = pd.DataFrame({"household_id": [1, None, None]})

    with pytest.raises(BadColumnError, match=r"g\.t\.household_id is null in 2 of 3 rows"):
        require_filled("g.t", frame, ["household_id"])


def test_labels_are_zero_or_one() -> None:
    assert labels(pd.DataFrame({"churned": [True, False]}), "churned").tolist() == [1, 0]
    assert labels(pd.DataFrame({"churned": pd.array([1, 0], dtype="Int64")}), "churned").dtype == np.int64


@pytest.mark.parametrize("values", [[0, 1, 2], [0, None, 1], ["yes", "no", "no"], [0.5, 1, 0]])
def test_any_other_label_is_refused(values: list[object]) -> None:
    with pytest.raises(BadColumnError, match="label churned is neither 0 nor 1 in"):
        labels(pd.DataFrame({"churned": values}), "churned")
