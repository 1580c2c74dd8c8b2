"""Periods of any unit: counted from 0, each known by its last day, in the time zone of the use case."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lakeloop.config.use_case import Period

UNITS = ("hour", "day", "week", "month")
PERIODS = st.builds(
    Period,
    unit=st.sampled_from(UNITS),
    first=st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(lambda day: day.replace(day=1)),
    timezone=st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)


@given(PERIODS, st.integers(-500, 5000))
@example(Period(unit="month", first=date(2000, 1, 1)), 3147)  # in 2262, when the nanoseconds of pandas end
def test_as_of_and_index_are_each_others_inverse(period: Period, index: int) -> None:
    assert period.index(period.as_of(index)) == index


@given(PERIODS.filter(lambda period: period.unit != "hour"), st.integers(-50, 500))
def test_a_period_ends_the_day_before_the_next_begins(period: Period, index: int) -> None:
    last = period.as_of(index)

    assert period.index(last + timedelta(days=1)) == index + 1
    assert period.index(period.as_of(index - 1) + timedelta(days=1)) == index


@given(PERIODS, st.lists(st.integers(0, 900), min_size=1))
def test_a_column_of_periods_is_counted_as_each_of_them(period: Period, indices: list[int]) -> None:
    column = pd.Series([period.as_of(index) for index in indices])

    assert period.indices(column).tolist() == indices


@pytest.mark.parametrize(
    ("day", "index"),
    [(date(2017, 1, 1), 0), (date(2017, 1, 7), 0), (date(2017, 1, 8), 1), (date(2016, 12, 31), -1)],
)
def test_weeks_count_from_the_first_day(day: date, index: int) -> None:
    assert Period(unit="week", first=date(2017, 1, 1)).index(day) == index


def test_months_end_on_their_last_day() -> None:
    months = Period(unit="month", first=date(2023, 11, 1))

    assert [months.as_of(index) for index in (0, 1, 3)] == [
        date(2023, 11, 30),
        date(2023, 12, 31),
        date(2024, 2, 29),
    ]


def test_months_begin_on_the_first() -> None:
    with pytest.raises(ValueError, match="first is 2023-11-02, expected the first day of a month"):
        Period(unit="month", first=date(2023, 11, 2))


def test_hours_begin_at_midnight_of_the_time_zone() -> None:
    hours = Period(unit="hour", first=date(2024, 1, 1), timezone="America/New_York")

    assert hours.as_of(0) == datetime(2024, 1, 1, 5, tzinfo=UTC)
    assert hours.literal(0) == "TIMESTAMP'2024-01-01 05:00:00+00:00'"
    assert hours.sql_type == "timestamp"


def test_only_periods_that_are_over_count_on_a_day() -> None:
    weeks = Period(unit="week", first=date(2017, 1, 1))

    assert weeks.newest_over_on(date(2017, 1, 7)) == -1
    assert weeks.newest_over_on(date(2017, 1, 8)) == 0
    assert Period(unit="day", first=date(2017, 1, 1)).newest_over_on(date(2017, 1, 2)) == 0
    assert Period(unit="hour", first=date(2017, 1, 1)).newest_over_on(date(2017, 1, 2)) == 23
