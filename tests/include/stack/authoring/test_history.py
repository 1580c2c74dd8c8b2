"""What asks for more periods than the data of its source have is refused before anything runs."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lakeloop.config import UseCase, load_use_case
from lakeloop.config.use_case.task import SeasonalNaive
from lakeloop_stack.authoring.history import history_problems

FILE = Path("churn.yaml")


def changed(part: str, use_case: str = "churn", **values: Any) -> UseCase:
    whole = load_use_case(use_case)
    return whole.model_copy(update={part: getattr(whole, part).model_copy(update=values)})


@pytest.mark.parametrize("name", ["churn", "demand"])
def test_the_repositorys_own_are_right(name: str) -> None:
    assert history_problems(load_use_case(name), FILE) == []


def test_a_source_of_ones_own_is_not_known_before_its_files_are_there() -> None:
    own = changed("period", first=date(1990, 1, 1)).model_copy(update={"source": "tills"})

    assert history_problems(own, FILE) == []


@pytest.mark.parametrize("first", [date(2018, 1, 1), date(2016, 1, 3)])
def test_a_first_period_without_data_is_refused(first: date) -> None:
    [said] = history_problems(changed("period", first=first), FILE)

    assert said == (
        f"churn.yaml: period.first is {first}, but the data of source retail reach from 2017-01-01 to 2017-12-31; "
        "choose the week in which they begin"
    )


def test_the_first_period_may_begin_before_the_data_do() -> None:
    assert history_problems(changed("period", first=date(2016, 12, 31)), FILE) == []


def test_a_split_of_more_periods_than_there_are_is_refused_with_its_sum() -> None:
    [said] = history_problems(changed("split", min_train=30), FILE)

    assert (
        "split needs 51 labelled weeks (30 min_train + 4 gap + 4 early_stopping + 4 gap + 9 holdout)" in said
    )
    assert "the data of source retail give 41; lower split.*" in said


def test_a_lag_beyond_all_labels_is_refused_with_what_is_allowed() -> None:
    week = SeasonalNaive(kind="seasonal_naive", name="x", lag=400, missing=0.0)
    demand = load_use_case("demand").model_copy(update={"baselines": (week,)})

    [said] = history_problems(demand, Path("demand.yaml"))

    assert (
        "demand.yaml: baselines.0.lag is 400, but the data of source retail have labels of 331 days" in said
    )
    assert said.endswith("allowed are 7 to 330")
