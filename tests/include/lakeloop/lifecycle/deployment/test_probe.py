"""A version has to load and to score before it serves again."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.entities.model_registry import ModelVersion
from mlflow.models import infer_signature
from mlflow.pyfunc import PythonModel
from mlflow.tracking import MlflowClient

from lakeloop.config import load_use_case
from lakeloop.lifecycle import sql
from lakeloop.lifecycle.deployment.probe import ProbeFailedError, probe

USE_CASE = load_use_case("churn")
FEATURES = ["receipts", "spend"]
ROWS = [{"household_id": n, "as_of": "2017-12-09", "receipts": n, "spend": None} for n in range(20)]


class Answers(PythonModel):
    """Answers each row with one number."""

    def __init__(self, number: float) -> None:
        self.number = number

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> np.ndarray:
        return np.full(len(model_input), self.number)


def warehouse(rows: list[dict[str, Any]], published: bool = True) -> sql.Run:
    """Answers the probe's statements as a warehouse does."""
    moment = (datetime(2017, 12, 10, tzinfo=UTC) - sql.EPOCH) // sql.MICROSECOND
    numbers = ("features_version", "labels_version", "training_set_version", "entities")
    newest = dict.fromkeys(numbers, 3) | {
        "newest_as_of": "2017-12-09",
        "newest_labelled_as_of": None,
        "run": "r",
    }

    def run(statement: str) -> list[dict[str, Any]]:
        if statement.startswith("SHOW"):
            return [{"tableName": "published_features"}] if published else []
        return [newest | {"published_at": moment}] if "published_features" in statement else rows

    return run


@pytest.fixture
def answering(client: MlflowClient, model: str) -> Callable[..., ModelVersion]:
    """A registered version that answers with a number."""

    def inner(number: float, example: bool = True) -> ModelVersion:
        rows = pd.DataFrame({name: [1.0, 2.0] for name in FEATURES})
        with mlflow.start_run():
            logged = mlflow.pyfunc.log_model(
                name="model",
                python_model=Answers(number),
                signature=infer_signature(rows, np.zeros(2)),
                input_example=rows if example else None,
                pip_requirements=["mlflow"],
            )
        return mlflow.register_model(logged.model_uri, model)

    return inner


def test_it_says_what_was_scored(answering: Any) -> None:
    said = str(probe(warehouse(ROWS), USE_CASE, answering(0.25)))
    assert said == "scored 2 rows of its example, and 20 rows as of 2017-12-09: 0.2500 to 0.2500"
    said = str(probe(warehouse(ROWS), USE_CASE, answering(0.25, example=False)))
    assert said.startswith("scored no example, it has none, and 20 rows")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1.5, -0.1])
def test_an_answer_that_is_no_probability_is_refused(answering: Any, number: float) -> None:
    with pytest.raises(ProbeFailedError, match=r"2 of them not between 0 and 1, e\.g\. \["):
        probe(warehouse(ROWS), USE_CASE, answering(number))


def test_a_feature_that_is_gone_is_named(answering: Any) -> None:
    without = [{name: value for name, value in row.items() if name != "spend"} for row in ROWS]

    with pytest.raises(
        ProbeFailedError, match=r"version 1 of \w+ needs spend, which version 3 of churn_gold.features"
    ):
        probe(warehouse(without), USE_CASE, answering(0.5))


def test_without_features_nothing_shows_that_it_scores(answering: Any) -> None:
    with pytest.raises(ProbeFailedError, match="no features of churn are published"):
        probe(warehouse(ROWS, published=False), USE_CASE, answering(0.5))


def test_a_model_whose_files_are_gone_cannot_be_loaded(client: MlflowClient, model: str) -> None:
    client.create_registered_model(model)
    version = client.create_model_version(model, "file:///nowhere")

    with pytest.raises(ProbeFailedError, match=f"version 1 of {model} cannot be loaded: "):
        probe(warehouse(ROWS), USE_CASE, version)
