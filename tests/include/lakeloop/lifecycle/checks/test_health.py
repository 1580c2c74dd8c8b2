"""Answers that are no probabilities, no numbers, or always the same are refused, each by its key."""

from typing import Any

import numpy as np
import pytest

from lakeloop.lifecycle.checks.health import judge, of_answer, unfit
from tests.include.lakeloop.lifecycle.checks.world import evidence, expected, refused
from tests.include.lakeloop.lifecycle.use_cases import BINARY, REGRESSION, use_case

GOOD = np.linspace(0.1, 0.9, 100)


def of(answer: Any, content: dict[str, Any] = BINARY, **health: Any) -> list[str]:
    asked = use_case(content, gate={**content["gate"], "health": health})
    return refused(of_answer(asked, answer, 100))


def test_probabilities_that_differ_pass() -> None:
    assert of(GOOD) == []
    assert of(GOOD.astype("float32")) == []
    assert of(np.column_stack([1 - GOOD, GOOD])) == []
    assert refused(judge(evidence())) == []


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (GOOD > 0.5, "gate.health.dtype"),
        ((GOOD > 0.5).astype("int64"), "gate.health.dtype"),
        (np.array(["yes"] * 100), "gate.health.dtype"),
        (np.array([None] * 100), "gate.health.dtype"),
        (GOOD[:99], "gate.health.dtype"),
        (np.column_stack([GOOD] * 3), "gate.health.dtype"),
        (np.where(GOOD > 0.8, np.nan, GOOD), "gate.health.finite"),
        (np.where(GOOD > 0.8, np.inf, GOOD), "gate.health.finite"),
        (GOOD + 0.2, "gate.health.range"),
        (GOOD - 0.2, "gate.health.range"),
        (np.full(100, 0.3), "gate.health.constant"),
        (np.array([0.2] + 99 * [0.3]), None),
    ],
)
def test_what_is_wrong_is_named_by_its_key(answer: Any, key: str | None) -> None:
    assert of(answer) == ([key] if key else [])


def test_one_prediction_for_nearly_all_rows_is_refused_beyond_the_limit() -> None:
    assert of(np.array([0.2] + 99 * [0.3]), most_common="<= 0.9") == ["gate.health.most_common"]
    assert of(np.array([0.2] + 99 * [0.3]), most_common=None) == []


def test_a_regression_has_a_range_where_the_yaml_gives_one() -> None:
    assert of(GOOD - 9, REGRESSION) == []
    assert of(GOOD - 9, REGRESSION, range=[0, 1000]) == ["gate.health.range"]
    assert refused(judge(evidence(expected, task="regression"))) == []


@pytest.mark.parametrize(("wrong", "keys"), [(np.nan, ["gate.health.finite"]), (7.0, [])])
def test_unfit_is_only_what_no_figure_can_be_made_of(wrong: float, keys: list[str]) -> None:
    found = evidence()
    model = type("Model", (), {"predict": lambda self, x: np.where(x["flag"] == 1, wrong, 0.5)})()

    assert refused(unfit(found.use_case, model, found.x)) == keys
    assert all(
        "450 of 1350 predictions are not finite" in c.sentence for c in unfit(found.use_case, model, found.x)
    )
