"""Where not all rows fit, as many entities as do are read: no more, and always the same."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeloop.lifecycle.training.data import MEAN, ROWS
from lakeloop.lifecycle.training.distributed.models import NotDistributedError
from lakeloop.lifecycle.training.distributed.place import Machine, Size
from lakeloop.lifecycle.training.distributed.sample import (
    LEAST_ROWS,
    Chosen,
    choose,
    rows_to_search,
    rows_to_validate,
)
from lakeloop.lifecycle.training.splits import sliding_split
from tests.include.lakeloop.lifecycle.use_cases import BINARY, REGRESSION, use_case

CASE = use_case(BINARY)
SPARK: Any = SimpleNamespace(conf=SimpleNamespace(get=lambda key, default: "1g"))
SPACE = {"max_depth": {"kind": "int", "low": 2, "high": 5}}


def periods_of(rows: int) -> pd.DataFrame:
    weeks = [CASE.period.as_of(number) for number in range(32)]
    return pd.DataFrame({CASE.period.column: weeks, ROWS: rows, MEAN: 0.5})


@given(
    rows=st.integers(1, 10**8),
    memory=st.integers(10**6, 10**12),
    limit=st.sampled_from([0, 2**28, 2**33]),
    whole=st.booleans(),
)
def test_no_more_is_read_than_fits_or_is_needed_at_least(
    rows: int, memory: int, limit: int, whole: bool
) -> None:
    split = sliding_split(periods_of(1)[CASE.period.column], CASE.period, CASE.split)
    machine, holdout = Machine(memory, limit), split.holdout if whole else None

    chosen = choose(CASE, periods_of(rows), 30, machine, holdout)

    always = len(split.holdout) * rows if whole else 0
    read = Size(int(always + chosen.share * (32 * rows - always)), 30)
    half = CASE.training.memory_share * memory
    fits = read.needed <= half and (not limit or read.collected <= limit)
    assert fits or read.rows <= always + LEAST_ROWS + 32 * rows / 1_000_000
    assert chosen.is_sample or chosen.condition == "true"


def test_the_holdout_is_read_of_all_entities_and_the_rest_of_some() -> None:
    split = sliding_split(periods_of(1)[CASE.period.column], CASE.period, CASE.split)
    case = use_case(BINARY, training={"max_rows": 920_000})

    chosen = choose(case, periods_of(100_000), 2, Machine(10**12), split.holdout)

    assert chosen.condition == (
        f"({split.holdout.condition}) OR pmod(xxhash64(visitor), 1000000) < {20_000 * 10**6 // 2_300_000}"
    )
    assert str(chosen) == "the training rows of 0.8695% of the entities, drawn by a hash of their keys"


def test_all_keys_of_an_entity_count() -> None:
    case = use_case(REGRESSION, training={"max_rows": 20_000})
    days = pd.DataFrame({"as_of": [case.period.as_of(n) for n in range(90)], ROWS: 1000, MEAN: 0.5})

    assert "xxhash64(museum, desk)" in choose(case, days, 2, Machine(10**12)).condition


def test_a_candidate_of_one_machine_is_validated_on_all_rows() -> None:
    nobody: Any = None
    split = sliding_split(periods_of(1)[CASE.period.column], CASE.period, CASE.split)

    for tags in ({}, {"training_place": "driver"}):
        assert rows_to_validate(nobody, CASE, {}, 3, split, tags) == Chosen()


def test_a_search_that_only_one_machine_could_follow_is_refused_before_it_begins() -> None:
    search = {"kind": "random", "auto": True}
    trees = {"max_depth": {"kind": "int", "low": 2, "high": 5}}
    space = {"xgboost": trees, "hist_gradient_boosting": trees}
    case = use_case(BINARY, training={"max_rows": 100}, search={**search, "space": space})

    with pytest.raises(NotDistributedError, match="kind hist_gradient_boosting is trained by one machine"):
        rows_to_search(SPARK, case, periods_of(100), 3)

    few = use_case(BINARY, search={**search, "space": space})
    assert rows_to_search(SPARK, few, periods_of(100), 3) == Chosen()


def test_a_search_sees_as_many_entities_as_fit() -> None:
    search = {"kind": "random", "space": {"xgboost": SPACE}}
    case = use_case(BINARY, training={"max_rows": 320_000}, search=search)

    assert rows_to_search(SPARK, case, periods_of(20_000), 3).share == pytest.approx(0.5)
