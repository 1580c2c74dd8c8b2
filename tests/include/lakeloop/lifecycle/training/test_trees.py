"""Trees stop when they should, and parameters that do not fit are refused by name."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from lakeloop.lifecycle.training.models import Trained
from lakeloop.lifecycle.training.trees import (
    DEFAULTS,
    METRICS,
    OBJECTIVES,
    TwiceNamedError,
    UnknownParameterError,
    WrongTaskError,
    complete,
    train_trees,
)
from tests.include.lakeloop.lifecycle.data import FEATURES, checkerboard

PARAMS: dict[str, Any] = {"n_estimators": 200, "early_stopping_rounds": 10, "learning_rate": 0.2}
QUANTILE = {"quantile_alpha": 0.5}


def grown(task: str = "binary", fit: int = 1, early: int = 2, **params: Any) -> Trained:
    one, two = checkerboard(2000, seed=fit), checkerboard(500, seed=early)
    everything = pd.concat([one[0], two[0]]), np.concatenate([one[1], two[1]])
    if task == "regression":  # positive, as some objectives need
        one, two, everything = ((x, y + 1.0) for x, y in (one, two, everything))
    return train_trees(PARAMS | params, task, one, two, everything)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return grown()


def test_early_stopping_keeps_the_best_number_of_trees(trained: Trained) -> None:
    trees = trained.params["trees"]

    assert trees < PARAMS["n_estimators"]
    assert trained.final.num_boosted_rounds() == trained.judged.num_boosted_rounds() == trees
    assert max(trained.curve) == trained.curve[trees - 1]


def test_the_early_stopping_rows_reach_only_the_final_trees() -> None:
    long: dict[str, Any] = {"early_stopping_rounds": 500, "n_estimators": 5}
    one, other = grown(early=2, **long), grown(early=9, **long)
    trees = min(one.params["trees"], other.params["trees"])
    x = xgb.DMatrix(checkerboard(100, seed=3)[0])

    assert np.allclose(one.judged[:trees].predict(x), other.judged[:trees].predict(x))
    assert not np.allclose(one.final[:trees].predict(x), other.final[:trees].predict(x))


def test_the_same_rows_give_the_same_model(trained: Trained) -> None:
    x = xgb.DMatrix(checkerboard(100, seed=3)[0])

    assert np.array_equal(grown().final.predict(x), trained.final.predict(x))


def test_the_use_cases_parameters_reach_the_trees(trained: Trained) -> None:
    assert trained.params["learning_rate"] == 0.2
    assert '"eta":"0.2"' in trained.final.save_config().replace("0.200000003", "0.2")
    assert trained.params["max_depth"] == DEFAULTS["max_depth"]


def test_each_task_has_its_objective(trained: Trained) -> None:
    assert trained.params["objective"] == "binary:logistic"
    assert grown("regression").params["objective"] == "reg:squarederror"


@pytest.mark.parametrize(
    ("task", "objective"), [(task, objective) for task in OBJECTIVES for objective in OBJECTIVES[task]]
)
def test_every_allowed_objective_trains(task: str, objective: str) -> None:
    params: dict[str, Any] = QUANTILE if objective == "reg:quantileerror" else {}

    assert grown(task, objective=objective, n_estimators=3, **params).params["trees"] >= 1


@pytest.mark.parametrize(
    ("task", "objective"),
    [
        ("binary", "reg:squarederror"),
        ("binary", "binary:hinge"),
        ("regression", "binary:logistic"),
        ("regression", "x"),
    ],
)
def test_an_objective_of_another_task_is_refused(task: str, objective: str) -> None:
    with pytest.raises(
        WrongTaskError,
        match=rf"params\.objective is '{objective}', which does not fit a {task} task; allowed are ",
    ):
        grown(task, objective=objective)


@pytest.mark.parametrize(("task", "metric"), [(task, metric) for task in METRICS for metric in METRICS[task]])
def test_every_allowed_metric_stops_trees(task: str, metric: str) -> None:
    named = metric + {"tweedie-nloglik": "@1.5", "error": "@0.3"}.get(metric, "")
    params: dict[str, Any] = QUANTILE if metric == "quantile" else {}

    curve = grown(task, eval_metric=named, n_estimators=3, **params).curve
    assert len(curve) >= 1
    assert np.isfinite(curve).all()


@pytest.mark.parametrize(
    ("task", "metric"),
    [("binary", "mlogloss"), ("binary", "cox-nloglik"), ("regression", "auc"), ("regression", "logloss")],
)
def test_a_metric_of_another_task_is_refused(task: str, metric: str) -> None:
    with pytest.raises(
        WrongTaskError,
        match=rf"params\.eval_metric is '{metric}', which does not fit a {task} task; allowed are ",
    ):
        complete({"eval_metric": metric}, task)


@pytest.mark.parametrize("metric", ["error@much", "tweedie-nloglik"])
def test_a_metric_that_xgboost_cannot_read_is_refused(metric: str) -> None:
    with pytest.raises(ValueError, match="Check failed"):
        complete({"eval_metric": metric}, "binary" if metric.startswith("error") else "regression")


@pytest.mark.parametrize("quiet", [{}, {"verbosity": 0}])
def test_a_parameter_that_xgboost_does_not_know_is_an_error(quiet: dict[str, Any]) -> None:
    with pytest.raises(UnknownParameterError, match=r'params holds "max_deph", which XGBoost does not know'):
        grown(max_deph=3, **quiet)


def test_the_other_name_of_a_parameter_takes_the_place_of_its_default() -> None:
    params = complete({"eta": 0.3, "n_jobs": 2, "random_state": 5}, "binary")

    assert (params["learning_rate"], params["nthread"], params["seed"]) == (0.3, 2, 5)
    assert not {"eta", "n_jobs", "random_state"} & set(params)


def test_a_parameter_under_two_names_is_refused() -> None:
    with pytest.raises(
        TwiceNamedError, match=r"holds eta \(0\.3\) and learning_rate \(0\.1\), which are one"
    ):
        complete({"eta": 0.3, "learning_rate": 0.1}, "binary")


def test_importance_shares_sum_to_one_and_the_rule_is_on_top(trained: Trained) -> None:
    assert trained.importance is not None
    assert trained.importance.sum() == pytest.approx(1)
    assert set(trained.importance.index) == set(FEATURES)
    assert set(trained.importance.index[:2]) == {"recency", "frequency"}
