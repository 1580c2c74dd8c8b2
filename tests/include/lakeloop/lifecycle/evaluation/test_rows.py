"""Everybody is judged on the same rows, and what is drawn of them is what is independent."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle.evaluation.rows import ScoredRows, Units, units_of
from tests.include.lakeloop.lifecycle.use_cases import REGRESSION, use_case

UNITS = Units(np.arange(3), 3, "desks")


def desks(count: int, days: int) -> pd.DataFrame:
    rows = [
        ("m", desk, date(2020, 1, 1) + timedelta(days=day)) for desk in range(count) for day in range(days)
    ]
    return pd.DataFrame(rows, columns=["museum", "desk", "as_of"])


def test_a_composite_key_is_one_entity() -> None:
    units = units_of(use_case(REGRESSION), desks(10, days=3))

    assert (units.count, units.name, units.enough) == (10, "desks", True)
    assert units.codes.tolist() == [desk for desk in range(10) for _ in range(3)]


def test_few_entities_are_drawn_by_stretches_of_the_horizon() -> None:
    units = units_of(use_case(REGRESSION), desks(2, days=70))

    assert (units.count, units.name, units.enough) == (10, "stretches of 7 days", True)
    assert units.codes[:14].tolist() == [0] * 7 + [1] * 7


def test_few_entities_over_a_short_time_are_not_enough() -> None:
    assert not units_of(use_case(REGRESSION), desks(2, days=28)).enough


def test_a_contender_without_a_prediction_is_named() -> None:
    with pytest.raises(ValueError, match="champion: 1 of 3 predictions are not finite"):
        ScoredRows("regression", np.ones(3), {"champion": np.array([1, np.nan, 2])}, UNITS)


def test_other_rows_are_not_compared() -> None:
    with pytest.raises(ValueError, match=r"champion: \(2,\) predictions for \(3,\) labels"):
        ScoredRows("regression", np.ones(3), {"candidate": np.ones(3), "champion": np.ones(2)}, UNITS)


def test_the_strongest_is_the_one_with_the_best_figure() -> None:
    y = np.array([1.0, 2.0, 3.0])
    rows = ScoredRows("regression", y, {"far": y + 2, "near": y - 1}, UNITS)

    assert rows.strongest("mae", ["far", "near"]) == "near"
    assert rows.strongest("bias", ["far", "near"]) == "near"
