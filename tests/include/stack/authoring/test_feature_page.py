"""The page says of each feature what was measured, and lists those that do not pay."""

import pytest

from lakeloop_stack.authoring.contracts import About
from lakeloop_stack.authoring.feature_page import FeatureTable, Worth, group_key

ABOUT = {
    "recency": About("Days since.", "ann", "time"),
    "tenure": About("Days so far.", "ann", "time"),
    "mood": About("A guess."),
}
WORTH = {
    "recency": Worth(0.05, 0.04, 0.06),
    "tenure": Worth(0.0, -0.001, 0.001),
    "mood": Worth(-0.02, -0.03, -0.01),
    group_key("time"): Worth(0.07, 0.06, 0.08),
    group_key("others"): Worth(-0.02, -0.03, -0.01),
}


@pytest.fixture
def lines() -> list[str]:
    table = FeatureTable(
        "visits", "auc", "2 stretches", ABOUT, WORTH, {"all": 9.0, "noise": 0.5, "time": 1.25, "others": 0.04}
    )
    return table.page().splitlines()


def test_a_group_has_its_worth_and_its_cost(lines: list[str]) -> None:
    assert "| time | 2 | +0.0700 [+0.0600, +0.0800] | 1.2 |" in lines
    assert "| others | 1 | -0.0200 [-0.0300, -0.0100] | below 0.5 |" in lines


def test_features_come_by_their_worth_with_owner_and_verdict(lines: list[str]) -> None:
    rows = [line for line in lines if line.startswith("| `")]
    assert rows == [
        "| `recency` | Days since. | ann | time | +0.0500 [+0.0400, +0.0600] | pays |",
        "| `tenure` | Days so far. | ann | time | +0.0000 [-0.0010, +0.0010] | does not show |",
        "| `mood` | A guess. | nobody | others | -0.0200 [-0.0300, -0.0100] | harms |",
    ]


def test_what_does_not_pay_is_listed(lines: list[str]) -> None:
    assert "Do not pay by themselves: `tenure`, `mood`." in lines
