"""No part of a split learns from answers that overlap the next part."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeloop.config.use_case import Period
from lakeloop.config.use_case.labelled import Split
from lakeloop.lifecycle.training.splits import PeriodRange, TimeSplit, TooFewPeriodsError, sliding_split

WEEK = Period(unit="week", first=date(2017, 1, 1))
DAY = Period(unit="day", first=date(2017, 1, 1))
HOUR = Period(unit="hour", first=date(2017, 1, 1), timezone="Europe/Berlin")
CHURN = Split(holdout=9, gap=4, early_stopping=4, min_train=8)
PERIODS = st.sampled_from(
    [
        Period.model_validate({"unit": unit, "first": date(2019, 3, 1)})
        for unit in ("hour", "day", "week", "month")
    ]
)
SPLITS = st.builds(
    Split,
    holdout=st.integers(1, 9),
    gap=st.integers(0, 5),
    early_stopping=st.integers(1, 5),
    min_train=st.integers(1, 9),
)


def as_of(period: Period, numbers: range | list[int]) -> list[date]:
    return [period.as_of(number) for number in numbers]


def test_a_gap_lies_before_the_holdout_and_before_early_stopping() -> None:
    split = sliding_split(as_of(WEEK, range(7, 48)), WEEK, CHURN)

    assert (split.holdout.first, split.holdout.last) == (39, 47)
    assert (split.early_stopping.first, split.early_stopping.last) == (31, 34)
    assert (split.fit.first, split.fit.last) == (7, 26)
    assert (split.train.first, split.train.last) == (7, 34)


@settings(deadline=None)  # a machine may be busy
@given(period=PERIODS, split=SPLITS, more=st.integers(0, 30))
def test_no_label_of_a_part_reaches_into_the_next(period: Period, split: Split, more: int) -> None:
    """Labels look at most `gap` periods ahead (the configuration sees to it that the gap covers the horizon)."""
    labelled = split.min_train + split.early_stopping + split.holdout + 2 * split.gap + more

    parts = sliding_split(as_of(period, range(labelled)), period, split)

    assert parts.fit.last + split.gap < parts.early_stopping.first
    assert parts.early_stopping.last + split.gap < parts.holdout.first
    assert parts.holdout.last == labelled - 1
    assert len(parts.holdout) == split.holdout
    assert len(parts.early_stopping) == split.early_stopping
    assert len(parts.fit) == split.min_train + more


@settings(deadline=None)  # a machine may be busy
@given(period=PERIODS, split=SPLITS)
def test_one_period_too_few_is_refused(period: Period, split: Split) -> None:
    needed = split.min_train + split.early_stopping + split.holdout + 2 * split.gap

    with pytest.raises(
        TooFewPeriodsError, match=f"{needed - 1} labelled {period.unit}s, but the split needs {needed}:"
    ):
        sliding_split(as_of(period, range(needed - 1)), period, split)


def test_too_few_periods_names_every_number() -> None:
    with pytest.raises(
        TooFewPeriodsError,
        match=r"28 labelled weeks, but the split needs 29: 8 to fit \(split.min_train\) \+ 4 gap \+ 4 early stopping "
        r"\+ 4 gap \+ 9 holdout. Ingest more weeks, or lower split",
    ):
        sliding_split(as_of(WEEK, range(28)), WEEK, CHURN)


def test_no_period_at_all_is_too_few() -> None:
    with pytest.raises(TooFewPeriodsError, match="0 labelled weeks"):
        sliding_split([], WEEK, CHURN)


def test_order_and_repetition_do_not_matter() -> None:
    numbers = [30, 2, 2, *range(2, 31)]

    assert sliding_split(as_of(WEEK, numbers), WEEK, CHURN) == sliding_split(
        as_of(WEEK, range(2, 31)), WEEK, CHURN
    )


def test_missing_periods_are_no_problem_until_a_part_has_none() -> None:
    late = [number for number in range(40) if number != 35]
    assert sliding_split(as_of(WEEK, late), WEEK, CHURN).holdout.first == 31

    without_early = [number for number in range(40) if not 23 <= number <= 26]
    with pytest.raises(
        TooFewPeriodsError, match=r"0 labelled weeks in the early_stopping range 2017-06-17\.\.2017-07-08"
    ):
        sliding_split(as_of(WEEK, without_early), WEEK, CHURN)


def test_min_train_counts_the_periods_that_have_rows() -> None:
    gaps_in_fit = [number for number in range(30) if not 1 <= number <= 5]

    with pytest.raises(TooFewPeriodsError, match=r"4 labelled weeks in the fit range .* expected at least 8"):
        sliding_split(as_of(WEEK, gaps_in_fit), WEEK, CHURN)


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (WEEK, "2017-01-07..2017-03-11"),
        (DAY, "2017-01-01..2017-01-10"),
        (HOUR, "2016-12-31T23:00:00+00:00..2017-01-01T08:00:00+00:00"),
    ],
    ids=["week", "day", "hour"],
)
def test_a_range_is_written_by_its_as_of_and_read_again(period: Period, text: str) -> None:
    assert str(PeriodRange(period, 0, 9)) == text
    assert PeriodRange.parse(text, period) == PeriodRange(period, 0, 9)


@settings(deadline=None)  # a machine may be busy
@given(period=PERIODS, first=st.integers(0, 2000), length=st.integers(1, 500))
def test_any_range_reads_what_it_wrote(period: Period, first: int, length: int) -> None:
    some = PeriodRange(period, first, first + length - 1)

    assert PeriodRange.parse(str(some), period) == some


@pytest.mark.parametrize(
    "text",
    [
        "",
        "40-48",
        "2017-01-07",
        "2017-03-11..2017-01-07",
        "2017-01-06..2017-03-11",
        "a..b",
        "2017-01-07..x..y",
    ],
)
def test_anything_else_is_no_range(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"is no range of weeks, expected for example 2017-01-07\.\.2017-03-11"
    ):
        PeriodRange.parse(text, WEEK)


def test_rows_of_a_range_stand_in_a_frame_of_their_own() -> None:
    frame = pd.DataFrame({"as_of": as_of(WEEK, [3, 4, 5, 6]), "x": [0, 1, 2, 3]})

    rows = PeriodRange(WEEK, 4, 5).rows(frame)

    assert rows["x"].tolist() == [1, 2]
    assert rows.index.tolist() == [0, 1]


def test_sql_chooses_the_same_rows() -> None:
    assert PeriodRange(WEEK, 4, 5).condition == "as_of BETWEEN DATE'2017-02-04' AND DATE'2017-02-11'"


def test_a_split_is_found_again_from_the_tags_of_its_run() -> None:
    split = sliding_split(as_of(WEEK, range(7, 48)), WEEK, CHURN)
    tags = {"fit": str(split.fit), "early_stopping": str(split.early_stopping), "holdout": str(split.holdout)}

    assert TimeSplit.of_tags(tags, WEEK) == split
