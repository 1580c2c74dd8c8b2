"""Folds by time: what a fold learns from was known, with its labels, before what it is judged on."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeloop.config.use_case import Period
from lakeloop.config.use_case.labelled import Split
from lakeloop.config.use_case.search import Folds
from lakeloop.lifecycle.search.folds import OneClassError, folds_by_time, require_judgeable
from lakeloop.lifecycle.training.splits import PeriodRange, TooFewPeriodsError
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case

PERIOD: Period = use_case(BINARY).period
SPLIT = Split(holdout=2, gap=4, early_stopping=2, min_train=4)
small = st.integers(1, 4)


@given(small, small, st.integers(0, 4), small, small, st.integers(0, 5))
def test_each_part_ends_a_gap_before_the_next_and_the_folds_judge_in_turn(
    count: int, periods: int, gap: int, early: int, least: int, more: int
) -> None:
    split = Split(holdout=9, gap=gap, early_stopping=early, min_train=least)
    needed = least + 2 * gap + early + count * periods
    train = PeriodRange(PERIOD, 3, 3 + needed + more - 1)

    folds = folds_by_time(train, Folds(count=count, periods=periods), split)

    for fold in folds:
        assert fold.fit.first == train.first
        assert (
            fold.early_stopping.first - fold.fit.last
            == fold.holdout.first - fold.early_stopping.last
            == gap + 1
        )
        assert len(fold.fit) >= least
    judged = [period for fold in folds for period in range(fold.holdout.first, fold.holdout.last + 1)]
    assert judged == list(range(train.last - count * periods + 1, train.last + 1))


def test_too_few_periods_are_counted() -> None:
    split = Split(holdout=9, gap=4, early_stopping=4, min_train=8)

    with pytest.raises(
        TooFewPeriodsError, match=r"25 weeks to search on .*, but the folds need 26: 8 to fit .* 3 x 2"
    ):
        folds_by_time(PeriodRange(PERIOD, 0, 24), Folds(count=3, periods=2), split)


@pytest.mark.parametrize(
    ("part", "periods"), [("fit", (0, 3)), ("early-stopping", (8, 9)), ("judging", (14, 15))]
)
def test_a_part_with_one_class_is_refused(part: str, periods: tuple[int, int]) -> None:
    folds = folds_by_time(PeriodRange(PERIOD, 0, 17), Folds(count=2, periods=2), SPLIT)
    numbers = np.repeat(np.arange(18), 2)
    y: Any = np.tile([0, 1], 18)
    require_judgeable(folds, numbers, y, "binary")
    y[(periods[0] <= numbers) & (numbers <= periods[1])] = 1

    with pytest.raises(OneClassError, match=rf"the label is always 1 in the {part} weeks .* of fold 1"):
        require_judgeable(folds, numbers, y, "binary")
    require_judgeable(folds, numbers, y, "regression")


def test_a_part_without_rows_is_refused() -> None:
    folds = folds_by_time(PeriodRange(PERIOD, 0, 17), Folds(count=2, periods=2), SPLIT)
    numbers = np.array([0, 0, 17, 17])

    with pytest.raises(TooFewPeriodsError, match=r"no rows in the early-stopping weeks .* of fold 1"):
        require_judgeable(folds, numbers, np.array([0, 1, 0, 1]), "binary")
