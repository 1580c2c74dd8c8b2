"""Parts of time: a question judges once its horizon has passed, and nothing that trains is later than the boundary."""

import pandas as pd
import pytest

from lakeloop.config import RankingUseCase
from lakeloop.lifecycle.ranking.split import Parts, ms_at_end, parts_of
from lakeloop.lifecycle.training.splits import TooFewPeriodsError
from tests.include.lakeloop.lifecycle.ranking.conftest import published, ranking


def test_the_newest_answered_periods_judge(parts: Parts) -> None:
    assert (parts.train.first, parts.train.last) == (0, 10)
    assert (parts.holdout.first, parts.holdout.last) == (11, 14)  # the answers of 14 lie in 15


def test_what_is_learnt_ends_where_the_holdout_begins(parts: Parts, table: pd.DataFrame) -> None:
    boundary, end = ms_at_end(parts.train.period, 10), ms_at_end(parts.train.period, 15)

    assert parts.learnt_from(table)["at"].max() < boundary
    known = parts.known(table, 1)
    assert boundary <= known["at"].max() < end
    assert len(known) == (table["at"] < end).sum()


def test_tags_give_the_parts_back(parts: Parts, use_case: RankingUseCase) -> None:
    tags = {"fit": str(parts.train), "holdout": str(parts.holdout)}

    assert Parts.of_tags(tags, use_case.period) == parts


def test_too_few_periods_are_told_with_what_is_needed(table: pd.DataFrame) -> None:
    short = ranking(split={"holdout": 10, "min_train": 6})

    with pytest.raises(TooFewPeriodsError, match=r"15 answered weeks, but the split needs 16: 6 to learn"):
        parts_of(short, table, published(short, 15))
