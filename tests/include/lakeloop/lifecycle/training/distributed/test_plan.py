"""What does not hold is said before a row is read: the session of these tests has none."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from lakeloop.config import LabelledUseCase, load_target
from lakeloop.config.use_case.task import HistGradientBoosting, Model, XGBoost
from lakeloop.lifecycle.training.data import MEAN, ROWS, count_rows, mean_label
from lakeloop.lifecycle.training.distributed import place
from lakeloop.lifecycle.training.distributed.cluster import WrongComputeError
from lakeloop.lifecycle.training.distributed.models import NotDistributedError
from lakeloop.lifecycle.training.distributed.place import DataTooLargeError
from lakeloop.lifecycle.training.distributed.plan import place_training, rows_to_read, split_on_driver
from lakeloop.lifecycle.training.splits import sliding_split
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case

FEATURES = ["a", "b"]
SPARK: Any = SimpleNamespace(conf=SimpleNamespace(get=lambda key, default: "1g"))
LOCAL = load_target("local")
WORKERS = {"kind": "job_cluster", "node_type": "m", "spark_version": "17", "workers": 2}
CLUSTER = LOCAL.model_copy(update={"train_compute": type(LOCAL.compute).model_validate(WORKERS)})


def periods_of(rows: int) -> pd.DataFrame:
    """32 weeks of so many rows each; the mean label grows week by week."""
    period = use_case(BINARY).period
    weeks = [period.as_of(number) for number in range(32)]
    return pd.DataFrame({period.column: weeks, ROWS: rows, MEAN: [n / 32 for n in range(32)]})


def placed(
    rows: int,
    target: Any = LOCAL,
    contenders: tuple[Model, ...] = (),
    case: LabelledUseCase | None = None,
    **training: Any,
) -> tuple[place.Place, Any]:
    case = case or use_case(BINARY, training=training)
    periods = periods_of(rows)
    split = sliding_split(periods[case.period.column], case.period, case.split)
    asked = contenders or case.models
    return place_training(SPARK, case, target, periods, FEATURES, split, asked), split


def test_a_few_rows_are_read_and_trained_on_the_driver() -> None:
    where, split = placed(100)

    assert where.workers == 0
    assert "3,200 rows of 2 features" in where.reason
    assert rows_to_read(where, split) == "true"


@pytest.mark.parametrize("training", [{"max_rows": 3199}, {"distributed": "always"}])
def test_many_rows_on_a_compute_without_workers_are_refused_with_the_reason(training: dict[str, Any]) -> None:
    with pytest.raises(
        WrongComputeError, match=r"training\.(max_rows|distributed) .*target local is serverless"
    ):
        placed(100, **training)


def test_workers_leave_the_driver_what_it_judges_by() -> None:
    here, (_, split) = place.Place(2, "many"), placed(100)

    assert rows_to_read(here, split) == f"({split.early_stopping.condition}) OR ({split.holdout.condition})"
    seen = split_on_driver(here, split)
    assert (seen.train, seen.holdout) == (split.early_stopping, split.holdout)
    assert split_on_driver(place.Place(0, "few"), split) == split


def test_what_the_driver_judges_by_has_to_fit_there() -> None:
    with pytest.raises(
        DataTooLargeError,
        match=r"the holdout with the early-stopping part has 130,000,000 rows .*Lower split\.holdout",
    ):
        placed(10_000_000, CLUSTER)


def test_labels_that_baselines_look_back_at_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    looks_back = {"kind": "last_value", "name": "as before", "missing": 0.0}
    case = use_case(BINARY, baselines=[looks_back], training={"distributed": "always"})
    monkeypatch.setattr(place, "physical_memory", lambda: 64 * 10**9)

    with pytest.raises(DataTooLargeError, match=r"history that baselines look back at .*Keep only baselines"):
        placed(1_500_000, CLUSTER, case=case)  # of 24 bytes each: more than 1 GB may be brought


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (
            HistGradientBoosting(kind="hist_gradient_boosting"),
            "kind hist_gradient_boosting is trained by one",
        ),
        (XGBoost(kind="xgboost", params={"tree_method": "exact"}), "tree_method is 'exact'"),
    ],
)
def test_a_winner_that_workers_cannot_train_is_refused_before_a_row_is_read(model: Model, said: str) -> None:
    with pytest.raises(NotDistributedError, match=said):
        placed(100, CLUSTER, (model,), distributed="always")


def test_the_parts_are_counted_by_their_periods() -> None:
    periods = periods_of(100)
    _, split = placed(100)

    assert count_rows(periods, split.holdout) == 900
    assert mean_label(periods, split.holdout) == pytest.approx(sum(range(23, 32)) / 9 / 32)
    periods.loc[31, ROWS] = 0
    assert mean_label(periods, split.holdout) == pytest.approx(sum(range(23, 31)) / 8 / 32)
