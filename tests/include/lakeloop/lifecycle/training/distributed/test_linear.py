"""What Spark finds becomes the pipeline that scikit-learn would have fitted; no Spark is asked here."""

from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient
from sklearn.pipeline import Pipeline

from lakeloop.config.use_case.task import Binary, Regression, Task
from lakeloop.lifecycle import tracking
from lakeloop.lifecycle.training import models
from lakeloop.lifecycle.training.distributed.linear import Prepared, as_pipeline
from lakeloop.lifecycle.training.linear import train_linear
from tests.include.lakeloop.lifecycle.data import checkerboard

TASKS: dict[str, Task] = {
    "binary": Binary(kind="binary", label="y", prediction="p"),
    "regression": Regression(kind="regression", label="y", prediction="p"),
}


def rows(kind: str) -> tuple[pd.DataFrame, np.ndarray]:
    """With gaps in one feature, one that is always missing, and one that never changes."""
    x, y = checkerboard(400, seed=4)
    x = x.assign(empty=np.nan, constant=7.0)
    return x, y if kind == "binary" else 3.0 * y + x["recency"].to_numpy()


def rebuilt(kind: str, fitted: Pipeline, x: pd.DataFrame) -> Pipeline:
    """Another pipeline, made of nothing but the numbers of this one."""
    imputer, scaler, estimator = (step for _, step in fitted.steps)
    medians = dict(zip(x.columns, map(float, imputer.statistics_), strict=True))
    flagged = [name for name in x.columns if x[name].isna().any()]
    prepared = Prepared(medians, flagged, scaler.mean_, scaler.scale_, len(x))
    weights, intercept = np.ravel(estimator.coef_), float(np.ravel(estimator.intercept_)[0])
    return as_pipeline(1.0, kind, prepared, weights, intercept)


def fitted_on(kind: str, x: pd.DataFrame, y: np.ndarray) -> Any:
    return train_linear({}, kind, (x, y), (x, y), (x, y)).final


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_a_pipeline_of_the_same_numbers_answers_the_same(kind: str) -> None:
    x, y = rows(kind)
    fitted = fitted_on(kind, x, y)
    unseen = pd.concat([x.sample(50, random_state=1), x.head(1) * np.nan])

    made = rebuilt(kind, fitted, x)

    expected = models.predict(fitted, TASKS[kind], unseen)
    assert np.ptp(expected) > 0.1
    assert models.predict(made, TASKS[kind], unseen) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_it_is_logged_and_loaded_as_any_other(client: MlflowClient, kind: str) -> None:
    x, y = rows(kind)
    made = rebuilt(kind, fitted_on(kind, x, y), x)
    with mlflow.start_run() as run:
        tracking.log_model(made, "model", x.head(5))

    loaded = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")

    expected = models.predict(made, TASKS[kind], x)
    assert models.predict(loaded, TASKS[kind], x) == pytest.approx(expected, abs=1e-12)
