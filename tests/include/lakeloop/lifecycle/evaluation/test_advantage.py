"""What a champion has learned of the holdout is read from its tags."""

import pytest

from lakeloop.lifecycle.evaluation.advantage import advantage_of
from lakeloop.lifecycle.training.splits import PeriodRange
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case

VISITS = use_case(BINARY)  # a label looks 4 weeks ahead
WEEK = VISITS.period
HOLDOUT = PeriodRange(WEEK, 23, 31)


def asked(trained_through: int) -> str:
    found = advantage_of("3", {"trained_through": WEEK.as_of(trained_through).isoformat()}, HOLDOUT, 4)
    return str(found.sentence) if found else ""


def test_a_champion_that_was_trained_on_what_lies_before_the_gap_knows_nothing() -> None:
    assert asked(18) == ""


def test_one_whose_labels_look_into_the_holdout_knows_something() -> None:
    assert asked(19) == (
        f"champion version 3 was trained through {WEEK.as_of(19)}, so that its labels look into the holdout "
        f"{HOLDOUT}, and through {WEEK.as_of(18)} would be fair"
    )


@pytest.mark.parametrize(("through", "weeks"), [(23, 1), (25, 3), (31, 9), (40, 9)])
def test_one_that_was_trained_on_rows_of_the_holdout_says_how_many_periods(through: int, weeks: int) -> None:
    assert f"so that it learned from {weeks} of the 9 weeks of the holdout {HOLDOUT}" in asked(through)


@pytest.mark.parametrize("tags", [{}, {"trained_through": "yesterday"}, {"trained_through": "2020-01-08"}])
def test_of_one_that_does_not_say_so_the_worst_is_assumed(tags: dict[str, str]) -> None:
    found = advantage_of("3", tags, HOLDOUT, 4)

    assert found is not None
    assert found.sentence.startswith("champion version 3 does not say through which week it was trained")
    assert found.value == f"trained through {tags.get('trained_through', 'nobody knows when')}"
    assert found.limit == f"trained through {WEEK.as_of(18)}"


def test_without_a_look_ahead_training_may_reach_up_to_the_holdout() -> None:
    def told(through: int) -> bool:
        return advantage_of("3", {"trained_through": WEEK.as_of(through).isoformat()}, HOLDOUT, 0) is not None

    assert (told(22), told(23)) == (False, True)
