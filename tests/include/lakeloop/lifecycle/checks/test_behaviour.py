"""Invariance, direction and minimum functionality: models that behave pass, others are refused by the test's name."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle.checks.behaviour import changed, described, judge
from tests.include.lakeloop.lifecycle.checks.world import evidence, honest, refused

INVARIANCE = {
    "kind": "invariance",
    "name": "the flag says nothing",
    "feature": "flag",
    "change": {"set": 1},
    "tolerance": 0.01,
}
DIRECTION = {
    "kind": "direction",
    "name": "who stays away is likelier gone",
    "feature": "idle_days",
    "change": {"add": 7},
    "expect": "not lower",
}
MINIMUM = {
    "kind": "minimum",
    "name": "two months away",
    "row": {"idle_days": 60, "visits": None},
    "expect": ">= 0.8",
}


def judged(answer: Any, *tests: dict[str, Any]) -> list[Any]:
    return judge(evidence(answer, {"behaviour": list(tests)}))


def test_a_model_that_behaves_passes_all_three() -> None:
    found = judged(honest, INVARIANCE, DIRECTION, MINIMUM)

    assert refused(found) == []
    assert [check.key for check in found] == [
        "gate.behaviour.0.invariance",
        "gate.behaviour.1.direction",
        "gate.behaviour.2.minimum",
    ]


def test_a_prediction_that_moves_with_what_says_nothing_is_refused() -> None:
    [check] = judged(lambda x: 0.9 * honest(x) + 0.05 * x["flag"], INVARIANCE)

    assert refused([check]) == ["gate.behaviour.0.invariance"]
    assert (
        "the flag says nothing: flag set to 1 should give predictions that stay (tolerance 0.01)"
        in check.sentence
    )
    assert "66.67% of 1350 rows do otherwise, the largest move is 0.05; allowed are 0.00%" in check.sentence


def test_a_prediction_that_moves_the_wrong_way_is_refused() -> None:
    [check] = judged(lambda x: 1 - honest(x), DIRECTION)

    assert refused([check]) == ["gate.behaviour.0.direction"]
    assert "predictions that are not lower" in check.sentence


@pytest.mark.parametrize("test", [INVARIANCE, DIRECTION])
def test_a_change_that_leaves_no_answer_is_refused(test: dict[str, Any]) -> None:
    seen = set(zip(*(evidence().x[name] for name in ("flag", "idle_days")), strict=True))

    def lost(x: pd.DataFrame) -> np.ndarray:
        known = [pair in seen for pair in zip(x["flag"], x["idle_days"], strict=True)]
        return np.where(known, 0.3 + 0.0 * honest(x), np.nan)

    [check] = judged(lost, test | {"change": {"set": 1000}})

    assert len(refused([check])) == 1
    assert "100.00% of 1350 rows do otherwise" in check.sentence


@pytest.mark.parametrize(("exceptions", "passed"), [(0.6, True), (0.1, False)])
def test_some_rows_may_be_exceptions(exceptions: float, passed: bool) -> None:
    def bent(x: pd.DataFrame) -> np.ndarray:
        return np.where(x["flag"] == 1, 1 - honest(x), honest(x))

    [check] = judged(bent, DIRECTION | {"exceptions": exceptions})

    assert check.passed is passed
    assert check.figures["share"] == pytest.approx(1 / 3, abs=0.02)


def test_a_tolerance_lets_small_moves_pass() -> None:
    assert refused(judged(lambda x: 0.5 - 0.001 * x["idle_days"], DIRECTION | {"tolerance": 0.01})) == []


def test_a_described_row_that_is_predicted_otherwise_is_refused() -> None:
    [check] = judged(lambda x: 0.3 * honest(x), MINIMUM)

    assert refused([check]) == ["gate.behaviour.0.minimum"]
    assert (
        "two months away: the row with idle_days 60, visits missing is predicted 0.3, expected >= 0.8"
        in check.sentence
    )


@pytest.mark.parametrize(("others", "noise"), [("median", 0.0), ("missing", None)])
def test_what_is_not_described_is_the_median_or_missing(others: str, noise: float | None) -> None:
    found = evidence(gate={"behaviour": [MINIMUM | {"others": others}]})

    row = described(found.x, found.gate.behaviour[0])  # type: ignore[arg-type]

    assert list(row.columns) == list(found.x.columns)
    assert row["idle_days"].item() == 60
    assert np.isnan(row["visits"].item())
    assert np.isnan(row["noise"].item()) if noise is None else abs(row["noise"].item()) < 0.2


def test_a_change_leaves_missing_values_missing_unless_it_sets_them() -> None:
    asked = evidence(
        gate={"behaviour": [INVARIANCE, DIRECTION | {"change": {"multiply": 2}, "name": "twice"}, DIRECTION]}
    ).gate
    x = pd.DataFrame({"flag": [np.nan, 3.0]})

    sets, doubles, adds = (changed(x, "flag", test.change)["flag"] for test in asked.behaviour)  # type: ignore[union-attr]

    assert sets.tolist() == [1, 1]
    assert doubles.tolist()[1] == 6
    assert adds.tolist()[1] == 10
    assert doubles.isna().tolist() == adds.isna().tolist() == [True, False]
