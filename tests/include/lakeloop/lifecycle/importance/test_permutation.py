"""A feature that says something is told from noise; features that say the same are told as a group."""

import numpy as np
import pandas as pd
import pytest

from lakeloop.config import BatchUseCase
from lakeloop.lifecycle.evaluation.bootstrap import Interval
from lakeloop.lifecycle.importance.folds import Fold, time_folds
from lakeloop.lifecycle.importance.permutation import benefits
from lakeloop.lifecycle.training.splits import TooFewPeriodsError, sliding_split
from tests.include.lakeloop.lifecycle.use_cases import BINARY, REGRESSION, use_case

VISITORS, WEEKS = 150, 40
ALONE = {name: [name] for name in ("signal", "twin", "noise", "season")}


def rows(of: BatchUseCase) -> pd.DataFrame:
    """`twin` repeats `signal`; `season` is one number a period, so that it tells no two rows of a period apart."""
    random = np.random.default_rng(5)
    period = np.repeat(np.arange(WEEKS), VISITORS)
    signal = random.normal(size=len(period))
    answer = signal + random.normal(size=len(period)) + 2 * np.sin(period)
    keys = dict.fromkeys(of.entity.keys, np.tile(np.arange(VISITORS), WEEKS))
    return pd.DataFrame(keys).assign(
        as_of=[of.period.as_of(int(week)) for week in period],
        signal=signal,
        twin=signal,
        noise=random.normal(size=len(period)),
        season=np.sin(period),
        **{of.task.label: (answer > 1).astype(int) if of.task.kind == "binary" else answer},
    )


def folds(of: BatchUseCase, frame: pd.DataFrame, count: int = 2) -> list[Fold]:
    return time_folds(sliding_split(frame["as_of"].unique(), of.period, of.split), of.split, count)


@pytest.fixture(scope="module", params=["binary", "regression"])
def found(request: pytest.FixtureRequest) -> dict[str, Interval]:
    short = {"holdout": 4, "gap": 7, "early_stopping": 4, "min_train": 8}
    of = use_case(
        BINARY if request.param == "binary" else REGRESSION, models=[{"kind": "linear"}], split=short
    )
    frame = rows(of)
    return benefits(of, frame, folds(of, frame), ALONE | {"both": ["signal", "twin"]})


def test_noise_does_not_pay(found: dict[str, Interval]) -> None:
    assert found["noise"].low <= 0 <= found["noise"].high


def test_what_says_the_same_is_worth_more_together(found: dict[str, Interval]) -> None:
    assert found["both"].low > 0
    assert found["both"].value > 1.5 * max(found["signal"].value, found["twin"].value)


def test_rows_are_shuffled_within_their_period_only(found: dict[str, Interval]) -> None:
    assert found["season"] == Interval(0, 0, 0)


def test_folds_leave_the_holdout_and_its_gap_alone() -> None:
    of = use_case(BINARY)
    parts = sliding_split([of.period.as_of(week) for week in range(WEEKS)], of.period, of.split)
    found = time_folds(parts, of.split, 3)

    assert [(judged.first, judged.last) for _, judged in found] == [(15, 18), (19, 22), (23, 26)]
    assert parts.holdout.first - found[-1][1].last - 1 == of.split.gap
    for train, judged in found:
        assert (train.first, judged.first - train.last - 1) == (0, of.split.gap)


def test_too_short_a_past_is_told() -> None:
    of = use_case(BINARY, split={"holdout": 9, "gap": 4, "early_stopping": 4, "min_train": 9})
    parts = sliding_split([of.period.as_of(week) for week in range(30)], of.period, of.split)
    long = of.split.model_copy(update={"min_train": 20})

    with pytest.raises(
        TooFewPeriodsError, match="17 weeks before the holdout, but judging features needs 28"
    ):
        time_folds(parts, long, 3)
