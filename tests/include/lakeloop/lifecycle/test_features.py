"""What a feature table must hold, and what may be missing in it."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle.features import (
    BadColumnError,
    MissingColumnError,
    labels,
    lacking,
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


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        (["19-24", "65+"], r"str \(e\.g\. '19-24'\)"),
        (["3", None], r"str \(e\.g\. '3'\)"),
        ([date(2020, 1, 1)], "date "),
        (pd.to_datetime(["2020-01-01"]), "datetime64"),
    ],
)
def test_what_is_no_number_is_no_feature(values: Any, seen: str) -> None:
    with pytest.raises(BadColumnError, match=f"feature age is {seen}.* and does not hold numbers"):
        model_input(pd.DataFrame({"age": values}), ["age"])


def test_what_a_model_needs_and_is_not_there_is_told_in_its_order() -> None:
    assert lacking(["a", "b"], ["c", "a", "d"]) == ("c", "d")
    assert lacking(["a", "b"], ["b"]) == ()


def test_a_key_without_a_value_is_refused() -> None:
    frame = pd.DataFrame({"household_id": [1, None, None]})

    with pytest.raises(BadColumnError, match=r"g\.t\.household_id is null in 2 of 3 rows"):
        require_filled("g.t", frame, ["household_id"])


def test_labels_of_a_binary_task_are_zero_or_one() -> None:
    assert labels(pd.DataFrame({"gone": [True, False]}), "gone", "binary").tolist() == [1, 0]
    assert labels(pd.DataFrame({"gone": pd.array([1, 0], dtype="Int64")}), "gone", "binary").dtype == np.int64


@pytest.mark.parametrize(
    "values", [[0, 1, 2], [0, None, 1], ["yes", "no", "no"], ["1", "0", "1"], [0.5, 1, 0]]
)
def test_any_other_binary_label_is_refused(values: list[object]) -> None:
    with pytest.raises(BadColumnError, match=r"label gone is neither 0 nor 1 in \d of 3 rows, e\.g\. "):
        labels(pd.DataFrame({"gone": values}), "gone", "binary")


def test_labels_of_a_regression_are_numbers() -> None:
    assert labels(pd.DataFrame({"sold": [Decimal("1.5"), 2]}), "sold", "regression").tolist() == [1.5, 2.0]
    assert labels(pd.DataFrame({"sold": [3, -1]}), "sold", "regression").dtype == np.float64


@pytest.mark.parametrize(
    "values", [["12", "many", "3"], [1.0, None, 2.0], [1.0, np.inf, 2.0], [date(2020, 1, 1)] * 3]
)
def test_a_label_of_a_regression_that_is_no_number_is_refused(values: list[object]) -> None:
    with pytest.raises(BadColumnError, match=r"label sold is no number in \d of 3 rows, e\.g\. "):
        labels(pd.DataFrame({"sold": values}), "sold", "regression")
