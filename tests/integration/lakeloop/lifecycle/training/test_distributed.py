"""Models trained by two worker processes are those of one machine; a lost process is replaced or ends the training."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from lakeloop.config.use_case.task import Model
from lakeloop.lifecycle import features as contract
from lakeloop.lifecycle.evaluation.metrics import evaluate
from lakeloop.lifecycle.training import models
from lakeloop.lifecycle.training.splits import sliding_split
from localbricks_testing.waiting import wait_until
from tests.integration.lakeloop.lifecycle.training.data import CASES, FEATURES, labelled
from tests.integration.lakeloop.lifecycle.training.standalone import Cluster, Driver

PATIENCE_SECONDS = 240
# What docs/distributed-training.md promises. A label of the regression is about 20: half a percent of it.
LABEL = 20.0
TREES = {
    "binary": dict.fromkeys(("auc", "average_precision", "brier", "log_loss", "ece"), 0.01),
    "regression": {"mae": 0.005 * LABEL, "rmse": 0.005 * LABEL, "wape": 0.005, "bias": 0.005},
}
LINEAR = 0.002  # of the figure, or absolute
XGBOOST = {
    "kind": "xgboost",
    "params": {
        "n_estimators": 40,
        "early_stopping_rounds": 40,
        "learning_rate": 0.3,
        "max_depth": 3,
        "seed": 3,
    },
}


def on_one_machine(kind: str, model: dict[str, Any]) -> dict[str, float]:
    """The metrics of the same model on the same holdout."""
    case, frame = CASES[kind], labelled(kind)
    split = sliding_split(frame[case.period.column].unique(), case.period, case.split)
    fit, early, train, holdout = (
        (contract.model_input(part, FEATURES), contract.labels(part, case.task.label, kind))
        for part in (
            each.rows(frame) for each in (split.fit, split.early_stopping, split.train, split.holdout)
        )
    )
    trained = models.train(TypeAdapter(Model).validate_python(model), case.task, fit, early, train)
    return evaluate(case.task.kind, holdout[1], models.predict(trained.final, case.task, holdout[0])).values  # type: ignore[return-value]


def trained(driver: Driver, kind: str, model: dict[str, Any], **question: Any) -> dict[str, Any]:
    driver.ask(use_case=kind, model=model, **question)
    return driver.answer()


class Undisturbed:
    """Trees that two workers grew, by the kind of the task: trained once, each compared more than once."""

    def __init__(self, driver: Driver, data: Path) -> None:
        self.driver, self.data = driver, data
        self.known: dict[str, tuple[dict[str, Any], np.ndarray]] = {}

    def __call__(self, kind: str) -> tuple[dict[str, Any], np.ndarray]:
        """What the driver answered, and the predictions."""
        if kind not in self.known:
            result = trained(self.driver, kind, XGBOOST)
            assert "error" not in result, result
            self.known[kind] = (result, np.load(self.data / "predictions.npy"))
        return self.known[kind]


@pytest.fixture(scope="module")
def undisturbed(driver: Driver, data: Path) -> Undisturbed:
    return Undisturbed(driver, data)


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_trees_of_two_workers_are_as_good_as_those_of_one_machine(
    undisturbed: Undisturbed, kind: str
) -> None:
    result, _ = undisturbed(kind)

    alone = on_one_machine(kind, XGBOOST)
    assert set(result["metrics"]) == set(alone) == set(TREES[kind])
    for metric, tolerance in TREES[kind].items():
        assert result["metrics"][metric] == pytest.approx(alone[metric], abs=tolerance), metric
    assert 0 < result["params"]["trees"] <= 40


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_linear_models_are_the_same(driver: Driver, kind: str) -> None:
    result = trained(driver, kind, {"kind": "linear"})
    assert "error" not in result, result

    assert result["metrics"] == pytest.approx(
        on_one_machine(kind, {"kind": "linear"}), abs=LINEAR, rel=LINEAR
    )


@pytest.mark.parametrize(
    ("kind", "spoil", "said"),
    [
        ("binary", {"gone": "2"}, "label gone is neither 0 nor 1 in"),
        ("binary", {"gone": "1"}, "label gone is 1.0 in all"),
        ("binary", {"gone": "string(gone)"}, "label gone is string and does not hold numbers"),
        ("binary", {"visitor": "nullif(visitor, 3)"}, "binary.visitor is null in"),
        ("binary", {"f2": "'many'"}, "feature f2 is string and does not hold numbers"),
        ("regression", {"sold": "double('Infinity')"}, "label sold is no number in"),
    ],
    ids=["not of the task", "one class", "text for a label", "null key", "text", "infinite"],
)
def test_bad_rows_are_named_before_anything_is_trained(
    driver: Driver, kind: str, spoil: dict[str, str], said: str
) -> None:
    result = trained(driver, kind, {"kind": "linear"}, spoil=spoil)

    assert result["error"] == "BadColumnError", result
    assert said in result["message"]


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_a_driver_that_is_too_small_reads_month_by_month_and_some_entities(
    driver: Driver, data: Path, kind: str
) -> None:
    case, frame = CASES[kind], labelled(kind)
    keys, column = list(case.entity.keys), case.period.column
    holdout = sliding_split(frame[column].unique(), case.period, case.split).holdout
    driver.ask(use_case=kind, times=10)
    result = driver.answer()
    assert "error" not in result, result

    assert result["months"] == sorted({f"{as_of:%Y-%m}" for as_of in frame[column]})
    ordered = frame.sort_values([column, *keys], ignore_index=True)
    pd.testing.assert_frame_equal(pd.read_parquet(data / "months.parquet"), ordered)

    chosen = pd.read_parquet(data / "chosen.parquet")
    assert len(holdout.rows(chosen)) == len(holdout.rows(frame))
    times_seen = chosen.groupby(keys).size()
    whole = frame[column].nunique()
    assert set(times_seen) == {whole, len(holdout)}  # all rows of an entity, or those of the holdout
    assert (times_seen == whole).mean() == pytest.approx(result["share"], abs=0.2)
    assert 0.4 < result["share"] < 0.5


def test_a_parameter_that_needs_one_machine_is_refused(driver: Driver) -> None:
    result = trained(driver, "binary", {"kind": "xgboost", "params": {"tree_method": "exact"}})

    assert result["error"] == "NotDistributedError", result


def test_a_killed_executor_is_replaced_and_the_model_is_the_same(
    driver: Driver, cluster: Cluster, data: Path, undisturbed: Undisturbed
) -> None:
    expected, predictions = undisturbed("binary")

    driver.ask(use_case="binary", model=XGBOOST)
    wait_until(cluster.is_training, "both workers to grow trees", PATIENCE_SECONDS)
    cluster.kill_executor()
    result = driver.answer()

    # the other may fall with it: Spark ends an executor that is told to stop in the middle of a barrier
    assert driver.said("ERROR TaskSchedulerImpl: Lost executor") >= 1
    assert driver.said("An executor was lost during training") == driver.said("Attempt 2 of 4 begins.") == 1
    assert result == expected
    assert np.array_equal(np.load(data / "predictions.npy"), predictions)


def test_a_killed_worker_that_nobody_replaces_ends_the_training_in_time(
    driver: Driver, cluster: Cluster
) -> None:
    driver.ask(use_case="binary", model=XGBOOST, seconds=3)
    wait_until(cluster.is_training, "both workers to grow trees", PATIENCE_SECONDS)
    cluster.kill_worker()
    result = driver.answer()

    assert result["error"] == "WorkersLostError", result
    assert "room for 1 of 2 tasks was left, and no worker came back within 3 s" in result["message"]
    assert "Nothing was registered" in result["message"]
    assert driver.said("ERROR TaskSchedulerImpl: Lost executor") >= 2

    too_few = trained(driver, "binary", XGBOOST, joined_within=1)
    assert too_few["error"] == "TooFewWorkersError", too_few
    assert "room for 1 tasks at once, training.workers asks for 2" in too_few["message"]

    cluster.add_worker()
    again = trained(driver, "regression", {"kind": "linear"})
    alone = on_one_machine("regression", {"kind": "linear"})
    assert again["metrics"] == pytest.approx(alone, abs=LINEAR, rel=LINEAR)
