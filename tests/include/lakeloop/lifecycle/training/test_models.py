"""Every model of a use case is trained in one way and answers with one number per row, whatever the task."""

from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from lakeloop.config.use_case.task import (
    Binary,
    HistGradientBoosting,
    Linear,
    Regression,
    XGBoost,
    model_names,
)
from lakeloop.lifecycle import tracking
from lakeloop.lifecycle.evaluation.metrics import value
from lakeloop.lifecycle.training import models
from tests.include.lakeloop.lifecycle.data import checkerboard

BINARY = Binary(kind="binary", label="y", prediction="p")
REGRESSION = Regression(kind="regression", label="y", prediction="p")
TREES = XGBoost(
    kind="xgboost", params={"n_estimators": 200, "early_stopping_rounds": 10, "learning_rate": 0.2}
)
HISTOGRAM = HistGradientBoosting(
    kind="hist_gradient_boosting", params={"max_iter": 200, "n_iter_no_change": 10, "learning_rate": 0.2}
)
LINEAR = Linear(kind="linear")


def rows_of(task: Any, rows: int, seed: int) -> models.Rows:
    """Features and labels with a rule of two features in it that one weight each cannot express."""
    x, y = checkerboard(rows, seed)
    return (
        (x, y)
        if task.kind == "binary"
        else (x, 10.0 * y + np.random.default_rng(seed).normal(size=rows) + 50)
    )


def train(model: Any, task: Any) -> models.Trained:
    fit, early = rows_of(task, 2000, 1), rows_of(task, 500, 2)
    everything = pd.concat([fit[0], early[0]]), np.concatenate([fit[1], early[1]])
    return models.train(model, task, fit, early, everything)


@pytest.mark.parametrize("grown", [TREES, HISTOGRAM], ids=["xgboost", "histogram"])
@pytest.mark.parametrize(
    ("task", "metric"), [(BINARY, "auc"), (REGRESSION, "wape")], ids=["binary", "regression"]
)
def test_trees_learn_what_a_linear_model_cannot(task: Any, metric: Any, grown: Any) -> None:
    x, y = rows_of(task, 1000, 3)

    trees, linear = (
        value(metric, y, models.predict(train(model, task).final, task, x)) for model in (grown, LINEAR)
    )

    assert trees > linear + 0.2 if metric == "auc" else trees < 0.75 * linear


@pytest.mark.parametrize("task", [BINARY, REGRESSION], ids=["binary", "regression"])
@pytest.mark.parametrize("model", [TREES, HISTOGRAM, LINEAR], ids=["trees", "histogram", "linear"])
def test_a_logged_model_answers_as_the_trained_one(client: MlflowClient, model: Any, task: Any) -> None:
    trained = train(model, task)
    x, _ = rows_of(task, 50, 4)
    with mlflow.start_run() as run:
        tracking.log_model(trained.final, "model", x.head(5))

    loaded = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")

    assert loaded.metadata.get_input_schema().input_names() == list(x.columns)
    expected = models.predict(trained.final, task, x)
    assert expected.shape == (50,)
    assert models.predict(loaded, task, x) == pytest.approx(expected)


def test_the_judged_model_has_not_seen_the_early_stopping_rows() -> None:
    fit, early, other = (rows_of(BINARY, rows, seed) for rows, seed in ((500, 1), (300, 2), (300, 9)))
    x, _ = checkerboard(100, seed=3)

    one, two = (models.train(LINEAR, BINARY, fit, part, part) for part in (early, other))

    judged, final = (
        [models.predict(getattr(some, name), BINARY, x) for some in (one, two)]
        for name in ("judged", "final")
    )
    assert np.array_equal(judged[0], judged[1])
    assert not np.allclose(final[0], final[1])


@pytest.mark.parametrize("grown", [TREES, HISTOGRAM], ids=["xgboost", "histogram"])
def test_the_early_stopping_rows_say_how_many_trees(grown: Any) -> None:
    trained = train(grown, BINARY)

    best = np.argmax if trained.params["eval_metric"] == "auc" else np.argmin
    assert trained.params["trees"] == best(trained.curve) + 1 < len(trained.curve)


def test_the_penalty_of_a_linear_model_is_its_alpha() -> None:
    x, _ = checkerboard(50, seed=3)
    spreads = [
        np.ptp(models.predict(train(Linear(kind="linear", params={"alpha": alpha}), task).final, task, x))
        for task in (BINARY, REGRESSION)
        for alpha in (1.0, 1e6)
    ]

    assert spreads[0] > 5 * spreads[1]
    assert spreads[2] > 5 * spreads[3]


def test_models_are_called_by_what_they_are() -> None:
    assert model_names((TREES, LINEAR), BINARY) == ["XGBoost", "logistic regression"]
    assert model_names((LINEAR, TREES, TREES), REGRESSION) == [
        "ridge regression",
        "XGBoost",
        "XGBoost 2",
    ]


@pytest.mark.parametrize("task", [BINARY, REGRESSION], ids=["binary", "regression"])
def test_a_linear_model_survives_missing_values_and_empty_columns(task: Any) -> None:
    x, y = rows_of(task, 200, 1)
    x["empty"] = np.nan

    assert models.predict(models.train(LINEAR, task, (x, y), (x, y), (x, y)).final, task, x).shape == (200,)


@pytest.mark.parametrize(
    "answer",
    [
        np.array([0.2, 0.7]),
        np.array([[0.2], [0.7]]),
        np.array([[0.8, 0.2], [0.3, 0.7]]),
        pd.DataFrame([[0.8, 0.2], [0.3, 0.7]]),
        pd.Series([0.2, 0.7]),
    ],
    ids=["booster", "column", "predict_proba", "frame", "series"],
)
def test_any_shape_of_answer_is_the_probability_of_one(answer: Any) -> None:
    assert models.predictions("binary", answer).tolist() == [0.2, 0.7]


@pytest.mark.parametrize(("task", "columns"), [(BINARY, 3), (REGRESSION, 2)], ids=["binary", "regression"])
def test_more_columns_are_no_prediction(task: Any, columns: int) -> None:
    with pytest.raises(ValueError, match=f"{columns} columns per row, expected one prediction"):
        models.predictions(task.kind, np.zeros((2, columns)))
