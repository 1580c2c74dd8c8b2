"""First model, due, or not due."""

from types import SimpleNamespace

import pytest

from lakeloop.lifecycle.retrain import decide


def champion(week: str | None) -> SimpleNamespace:
    return SimpleNamespace(version="3", tags={} if week is None else {"labelled_through_week": week})


def test_without_a_champion_it_is_the_first() -> None:
    decision = decide(None, 40, 4)

    assert (decision.branch, decision.reason) == ("first", "no champion yet; labels reach week 40")


@pytest.mark.parametrize(
    ("newest", "branch"), [(40, "not_due"), (43, "not_due"), (44, "due"), (60, "due"), (39, "not_due")]
)
def test_due_after_so_many_newly_labelled_weeks(newest: int, branch: str) -> None:
    decision = decide(champion("40"), newest, 4)

    assert decision.branch == branch
    assert f"{newest - 40} new, retrain.every_weeks is 4" in decision.reason


def test_a_champion_without_its_week_is_an_error() -> None:
    with pytest.raises(ValueError, match="champion version 3 has no tag labelled_through_week"):
        decide(champion(None), 40, 4)
