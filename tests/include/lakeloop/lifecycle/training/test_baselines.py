"""Rules of thumb know no more than what was known as of their row."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeloop.config.use_case.task import LastValue, Rule, SeasonalNaive
from lakeloop.lifecycle.features import BadColumnError
from lakeloop.lifecycle.training.baselines import (
    ShortHistoryError,
    describe,
    need_history,
    predict,
    predict_all,
)
from tests.include.lakeloop.lifecycle.use_cases import BINARY, REGRESSION, use_case

VISITS, TICKETS = use_case(BINARY), use_case(REGRESSION)
LAST_WEEK = SeasonalNaive(kind="seasonal_naive", name="last week", lag=7, missing=-1.0)
NEWEST = LastValue(kind="last_value", name="newest", missing=-1.0)


def rule(**changes: Any) -> Rule:
    return Rule(**{"kind": "rule", "name": "idle rule", "feature": "days", "nulls": "highest"} | changes)


def ranked(values: list[Any], **changes: Any) -> list[float]:
    return predict(rule(**changes), VISITS, pd.DataFrame({"days": values}), None).tolist()


def desk(
    days: list[int], sold: list[float] | None = None, museum: str = "m", number: int = 1
) -> pd.DataFrame:
    frame = pd.DataFrame({"as_of": [date(2020, 1, 1) + timedelta(days=day) for day in days]})
    return frame.assign(museum=museum, desk=number, **({} if sold is None else {"sold": sold}))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [3.0, 41.0, 40.0, 41.0]),
        ({"nulls": "lowest"}, [3.0, 2.0, 40.0, 2.0]),
        ({"nulls": 7.0}, [3.0, 7.0, 40.0, 7.0]),
        ({"higher_is": "unlikelier"}, [-3.0, -2.0, -40.0, -2.0]),
        ({"higher_is": "unlikelier", "nulls": "lowest"}, [-3.0, -41.0, -40.0, -41.0]),
        ({"higher_is": "unlikelier", "nulls": 7.0}, [-3.0, -7.0, -40.0, -7.0]),
    ],
)
def test_a_rule_ranks_in_its_direction_and_puts_the_unknown_where_it_says(
    changes: dict[str, Any], expected: list[float]
) -> None:
    assert ranked([3, None, 40, np.inf], **changes) == expected


def test_a_rule_without_any_known_value_ranks_nobody() -> None:
    assert ranked([None, None]) == [0.0, 0.0]


def test_a_rule_by_text_is_refused() -> None:
    with pytest.raises(BadColumnError, match="feature days is str"):
        ranked(["3", "4"])


def test_in_a_regression_the_feature_is_the_prediction() -> None:
    frame = pd.DataFrame({"days": [3.0, None, 5.0]})

    assert predict(rule(nulls=4.0), TICKETS, frame, None).tolist() == [3.0, 4.0, 5.0]
    assert predict(rule(), TICKETS, frame, None).tolist() == [3.0, 5.0, 5.0]
    assert predict(rule(nulls="lowest"), TICKETS, frame, None).tolist() == [3.0, 3.0, 5.0]


def test_seasonal_naive_is_the_label_so_many_periods_earlier() -> None:
    history = desk(list(range(20)), [float(day) for day in range(20)])

    assert predict(LAST_WEEK, TICKETS, desk([7, 19, 6, 30]), history).tolist() == [0.0, 12.0, -1.0, -1.0]


def test_last_value_is_the_newest_label_whose_horizon_had_passed() -> None:
    """As of day 10 the label of day 3 is known (it is about days 4 to 10), that of day 4 is not."""
    history = desk([0, 3, 4, 9], [10.0, 13.0, 14.0, 19.0])

    found = predict(NEWEST, TICKETS, desk([10, 7, 9, 11, 2, 60]), history)

    assert found.tolist() == [13.0, 10.0, 10.0, 14.0, -1.0, 19.0]


def test_each_entity_has_a_history_of_its_own_whatever_its_keys_are() -> None:
    history = pd.concat([desk([0], [1.0]), desk([0], [2.0], museum="n"), desk([0], [3.0], number=2)])
    asked = pd.concat(
        [desk([7], number=2), desk([7], museum="n"), desk([7]), desk([7], museum="n", number=2)]
    )

    for baseline in (LAST_WEEK, NEWEST):
        assert predict(baseline, TICKETS, asked, history).tolist() == [3.0, 2.0, 1.0, -1.0]


@settings(deadline=None)  # a machine may be busy
@given(
    labels=st.lists(st.floats(0, 100), min_size=30, max_size=30),
    future=st.lists(st.floats(0, 100), min_size=30, max_size=30),
    day=st.integers(8, 29),
)
def test_a_label_that_is_not_known_yet_changes_nothing(
    labels: list[float], future: list[float], day: int
) -> None:
    known = TICKETS.question.horizon
    other = [
        old if number <= day - known else new
        for number, (old, new) in enumerate(zip(labels, future, strict=True))
    ]

    for baseline in (LAST_WEEK, NEWEST):
        one, two = (
            predict(baseline, TICKETS, desk([day]), desk(list(range(30)), some)) for some in (labels, other)
        )
        assert one.tolist() == two.tolist()


def test_more_history_than_there_is_is_refused() -> None:
    baseline = SeasonalNaive(kind="seasonal_naive", name="last year", lag=365, missing=0.0)

    with pytest.raises(
        ShortHistoryError,
        match="baseline 'last year' needs labels 365 days before a row, but no row has one: the labels reach from "
        "2020-01-01 to 2020-01-20",
    ):
        predict(baseline, TICKETS, desk([19]), desk(list(range(20)), [1.0] * 20))


def test_only_a_baseline_that_looks_back_needs_history() -> None:
    assert not need_history([rule()])
    assert need_history([rule(), NEWEST])
    with pytest.raises(
        ValueError, match="baseline 'newest' looks at earlier labels, but no history was given"
    ):
        predict(NEWEST, TICKETS, desk([1]), None)


def test_all_baselines_of_the_use_case_answer_by_name() -> None:
    found = predict_all(TICKETS, desk([7]), desk([0], [5.0]))

    assert {name: values.tolist() for name, values in found.items()} == {"last week": [5.0]}


@pytest.mark.parametrize(
    ("baseline", "asked", "said"),
    [
        (rule(), VISITS, "the higher days, the likelier"),
        (rule(), TICKETS, "the feature days itself"),
        (NEWEST, TICKETS, "the newest known sold of the same desk"),
        (LAST_WEEK, TICKETS, "sold of the same desk 7 days earlier"),
    ],
)
def test_a_baseline_says_what_it_goes_by(baseline: Any, asked: Any, said: str) -> None:
    assert describe(baseline, asked) == said
