"""What a gate may ask: limits on the right side, tests that are whole, and nothing that means nothing for the task."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from lakeloop.config.use_case.gate import Gate
from lakeloop.config.use_case.limits import keeps, parse_limit
from tests.include.lakeloop.lifecycle.use_cases import BINARY, REGRESSION, use_case

BASE: dict[str, Any] = {"floors": {"auc": ">= 0.6"}, "compare_by": "auc"}
DIRECTION = {"kind": "direction", "name": "d", "feature": "idle", "change": {"add": 7}, "expect": "not lower"}
FAIR = {"columns": ["age"], "demographic_parity_difference": "<= 0.1"}


def test_what_costs_little_is_on_and_no_more() -> None:
    gate = use_case(BINARY).gate

    assert gate.calibration.slope == (0.5, 2.0)
    assert gate.leakage.overlap
    assert gate.leakage.shuffles == 5
    assert gate.stability.noise is not None
    assert gate.budgets.packed_mib == "<= 64"
    assert (gate.fairness.columns, gate.behaviour, gate.stability.missing) == ((), (), None)
    assert (gate.budgets.one_row_ms, gate.leakage.collapse, gate.calibration.worst_bin) == (None, None, None)


def test_columns_are_those_of_slices_then_sensitive_ones_then_moments() -> None:
    asked = {"slices": {"columns": ["city", "age"]}, "fairness": FAIR, "leakage": {"known_at": ["paid_on"]}}

    assert Gate.model_validate_json(_json(asked)).columns == ("city", "age", "paid_on")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"calibration": {"slope": [2.0, 0.5]}},
            "is no range, expected two numbers of which the second is larger",
        ),
        (
            {"calibration": {"worst_bin": ">= 0.1"}},
            "would let only bad models pass, expected <= and a number",
        ),
        ({"leakage": {"single_feature": "0.9"}}, "is no limit, expected >= or <= and a number"),
        ({"leakage": {"shuffles": 2}}, "shuffles is 2, expected 0 .off. or at least 3"),
        ({"leakage": {"time_machine": True}}, "time_machine"),
        ({"stability": {"noise": {"share": 0.1, "rank_correlation": "<= 0.9"}}}, "expected >= and a number"),
        ({"stability": {"noise": {"share": 2.0}}}, "less than or equal to 1"),
        (
            {"fairness": {"columns": ["age"]}},
            r"columns is \['age'\] and the limits are {}; expected both or neither",
        ),
        ({"fairness": {"demographic_parity_difference": "<= 0.1"}}, r"columns is \[\] and the limits are"),
        ({"fairness": FAIR | {"threshold": {"top": 0.1, "probability": 0.5}}}, "expected one of both"),
        ({"fairness": FAIR | {"threshold": {}}}, "probability is None and top is None; expected one of both"),
        ({"behaviour": [DIRECTION | {"change": {}}]}, "is empty, expected one of add, multiply and set"),
        (
            {"behaviour": [DIRECTION | {"change": {"add": 1, "set": 2}}]},
            "expected one of add, multiply and set",
        ),
        ({"behaviour": [DIRECTION | {"kind": "directional"}]}, "directional"),
        ({"behaviour": [DIRECTION, DIRECTION]}, "behaviour: d is the name of more than one test"),
        ({"behaviour": [{"kind": "minimum", "name": "m", "row": {}, "expect": ">= 0.5"}]}, "row"),
        ({"budgets": {"packed_mib": ">= 64"}}, "expected <= and a number"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Gate.model_validate_json(_json(changes))


def test_decisions_are_judged_in_binary_tasks_only() -> None:
    with pytest.raises(ValidationError, match=r"gate\.fairness: judges decisions of a binary task"):
        use_case(REGRESSION, gate=REGRESSION["gate"] | {"fairness": FAIR})


def test_a_probability_needs_no_range() -> None:
    with pytest.raises(ValidationError, match=r"gate.health.range: a probability lies within 0 and 1 anyway"):
        use_case(BINARY, gate=BASE | {"health": {"range": [0, 1]}})


@pytest.mark.parametrize(
    ("value", "limit", "kept"),
    [(0.8, ">= 0.8", True), (0.79, ">= 0.8", False), (float("nan"), "<= 9", False)],
)
def test_a_limit_is_kept_or_not(value: float, limit: str, kept: bool) -> None:
    assert keeps(value, limit) is kept


def test_what_was_not_checked_is_no_limit() -> None:
    assert parse_limit("<= -0.5") == ("<=", -0.5)
    with pytest.raises(ValueError, match="'about 3' is no limit"):
        parse_limit("about 3")


def _json(changes: dict[str, Any]) -> str:
    return json.dumps(BASE | changes)
