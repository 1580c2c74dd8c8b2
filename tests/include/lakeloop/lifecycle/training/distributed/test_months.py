"""Each period lies in one month, and the months are those of the snapshot's files."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lakeloop.lifecycle.training.data import ROWS
from lakeloop.lifecycle.training.distributed.months import largest_month, months_of
from tests.include.lakeloop.lifecycle.use_cases import BINARY, REGRESSION, use_case


@given(
    content=st.sampled_from([BINARY, REGRESSION]),
    numbers=st.sets(st.integers(0, 200), min_size=1),
)
def test_the_months_hold_every_period_once(content: dict, numbers: set[int]) -> None:
    period = use_case(content).period
    weeks = [period.as_of(number) for number in sorted(numbers)]
    periods = pd.DataFrame({period.column: weeks, ROWS: 10})

    months = months_of(periods, period)

    assert list(months) == sorted({f"{week:%Y-%m}" for week in weeks})
    found = {month: list(part.rows(periods)[period.column]) for month, part in months.items()}
    assert found == {month: [week for week in weeks if f"{week:%Y-%m}" == month] for month in months}


def test_the_largest_month_is_named() -> None:
    period = use_case(BINARY).period
    weeks = [period.as_of(number) for number in range(12)]
    periods = pd.DataFrame({period.column: weeks, ROWS: [1] * 11 + [100]})

    month, rows = largest_month(periods, period)

    in_month = [week for week in weeks if f"{week:%Y-%m}" == month]
    assert weeks[-1] in in_month
    assert rows == 99 + len(in_month)
