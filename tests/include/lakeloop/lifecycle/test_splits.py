"""Training never sees a week whose answers overlap the holdout."""

import pandas as pd
import pytest

from lakeloop.lifecycle.splits import TooFewWeeksError, WeekRange, sliding_split


def test_the_last_weeks_judge_and_the_gap_belongs_to_nobody() -> None:
    split = sliding_split(range(7, 49), holdout_weeks=9, gap_weeks=4, early_stopping_weeks=4)

    assert split.holdout == WeekRange(40, 48)
    assert split.early_stopping == WeekRange(32, 35)
    assert split.fit == WeekRange(7, 31)
    assert split.train == WeekRange(7, 35)


@pytest.mark.parametrize("gap", [0, 1, 4, 12])
def test_no_label_of_training_reaches_into_the_holdout(gap: int) -> None:
    split = sliding_split(range(40), holdout_weeks=5, gap_weeks=gap, early_stopping_weeks=3)

    assert split.train.last + gap < split.holdout.first
    assert len(split.holdout) == 5


def test_order_and_repetition_do_not_matter() -> None:
    weeks = [30, 2, 2, *range(2, 31)]

    assert sliding_split(weeks, 4, 4) == sliding_split(range(2, 31), 4, 4)


def test_too_few_weeks_says_how_many_are_needed() -> None:
    with pytest.raises(
        TooFewWeeksError, match=r"17 labelled weeks, but the split needs 18: 9 holdout \+ 4 gap"
    ):
        sliding_split(range(17), 9, 4, 4)

    assert len(sliding_split(range(18), 9, 4, 4).fit) == 1


def test_the_least_number_of_weeks_to_fit_is_kept() -> None:
    with pytest.raises(TooFewWeeksError, match=r"\+ 8 to fit"):
        sliding_split(range(24), 9, 4, 4, min_fit_weeks=8)


def test_no_week_at_all_is_too_few() -> None:
    with pytest.raises(TooFewWeeksError, match="0 labelled weeks"):
        sliding_split([], 1, 0)


def test_a_missing_week_is_no_problem_but_an_empty_part_is() -> None:
    late = [week for week in range(30) if week != 28]
    assert sliding_split(late, 4, 4).holdout == WeekRange(26, 29)

    without_early = [week for week in range(30) if week not in (18, 19, 20, 21)]
    with pytest.raises(TooFewWeeksError, match="no labelled week in the early stopping range 18-21"):
        sliding_split(without_early, 4, 4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((0, 4), "holdout_weeks is 0"), ((1, -1), "gap_weeks is -1"), ((1, 0, 0), "early_stopping_weeks is 0")],
)
def test_a_split_that_makes_no_sense_is_refused(arguments: tuple[int, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sliding_split(range(40), *arguments)


def test_a_range_reads_what_it_wrote() -> None:
    assert WeekRange.parse(str(WeekRange(40, 48))) == WeekRange(40, 48)


@pytest.mark.parametrize("text", ["", "40", "48-40", "a-b", "-1-3"])
def test_anything_else_is_no_range(text: str) -> None:
    with pytest.raises(ValueError, match="no range of weeks"):
        WeekRange.parse(text)


def test_rows_of_a_range_stand_in_a_frame_of_their_own() -> None:
    frame = pd.DataFrame({"week": [3, 4, 5, 6], "x": [0, 1, 2, 3]})

    rows = WeekRange(4, 5).rows(frame)

    assert rows["x"].tolist() == [1, 2]
    assert rows.index.tolist() == [0, 1]
