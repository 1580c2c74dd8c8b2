"""Explanations of many rows: overall, by slice, and of single rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle.evaluation.slices import slice_values
from lakeloop.lifecycle.explain.contributions import ContradictionError, Explanation, NotExplainableError
from lakeloop.lifecycle.explain.loaded import explainer_of_pyfunc
from lakeloop.lifecycle.explain.study import Study, study, worth_looking_at
from lakeloop.lifecycle.explain.words import descriptions, sentence, shown
from tests.include.lakeloop.lifecycle.explain.models import rows
from tests.include.lakeloop.lifecycle.report.conftest import pyfunc  # noqa: F401

X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0] * 4})
FOUND = Study(
    X, Explanation(0.5, np.array([[1.0, 0], [-3, 1], [0, -2], [0, 2]]), "identity"), np.array([0, 1, 2, 4]), 5
)
Load = Callable[[str], Any]


def test_overall_is_the_mean_size_largest_first() -> None:
    assert FOUND.overall.to_dict() == {"b": 1.25, "a": 1.0}
    assert list(FOUND.overall.index) == ["b", "a"]


def test_by_slice_takes_the_slices_of_the_drawn_rows() -> None:
    frame = pd.DataFrame({"region": ["north", "north", None, "lost", "south"]})

    table = FOUND.by_slice(frame, ["region"])

    assert table.to_dict("records") == [
        {"slice": "region", "value": "missing", "rows": 1, "b": 2.0, "a": 0.0},
        {"slice": "region", "value": "north", "rows": 2, "b": 0.5, "a": 2.0},
        {"slice": "region", "value": "south", "rows": 1, "b": 2.0, "a": 0.0},
    ]
    assert FOUND.by_slice(frame, []).empty


def test_quartiles_of_drawn_rows_are_those_of_all_rows() -> None:
    frame = pd.DataFrame({"spend": [1.0, 2.0, 3.0, 4.0, 500.0, *range(6, 30)]})

    table = FOUND.by_slice(frame, ["spend"])

    assert set(table["value"]) <= set(slice_values(frame["spend"]))


def test_the_weighted_mean_of_the_slices_is_the_overall(pyfunc: Load) -> None:  # noqa: F811
    model, x = pyfunc("xgboost binary:logistic"), rows(3, 90)
    found = study(model, x, model.predict(x))
    frame = pd.DataFrame({"third": np.arange(90) % 3})

    table = found.by_slice(frame, ["third"])

    mean = (table[list(x.columns)].mul(table["rows"], axis=0)).sum() / table["rows"].sum()
    assert mean.to_numpy() == pytest.approx(found.overall[list(x.columns)].to_numpy())


def test_many_rows_are_drawn_from_in_the_same_way_each_time(pyfunc: Load) -> None:  # noqa: F811
    model, x = pyfunc("xgboost binary:logistic"), rows(3, 90)

    first, again = (study(model, x, model.predict(x), most=40) for _ in range(2))

    assert (len(first.places), first.of) == (40, 90)
    assert len(set(first.places)) == 40
    assert np.array_equal(first.places, again.places)
    assert first.reasons(7, 2) == study(model, x, model.predict(x)).reasons(int(first.places[7]), 2)


def test_predictions_of_other_rows_are_found_out(pyfunc: Load) -> None:  # noqa: F811
    model, x = pyfunc("xgboost binary:logistic"), rows(3, 90)

    with pytest.raises(ContradictionError, match="does not add up to the prediction"):
        study(model, x, model.predict(x)[::-1])


def test_a_linear_pyfunc_is_explained_and_one_that_answers_with_classes_is_not(pyfunc: Load) -> None:  # noqa: F811
    model, x = pyfunc("linear binary"), rows(3, 90)

    assert study(model, x, model.predict(x)[:, 1]).of == 90
    model.metadata.flavors["python_function"]["predict_fn"] = "predict"
    with pytest.raises(NotExplainableError, match="a Pipeline that answers with a class"):
        explainer_of_pyfunc(model)


def test_a_foreign_pyfunc_is_not_explained(tmp_path: Any) -> None:
    import mlflow
    from mlflow.pyfunc import PythonModel

    class Constant(PythonModel):
        def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> np.ndarray:
            return np.zeros(len(model_input))

    mlflow.pyfunc.save_model(tmp_path / "m", python_model=Constant(), pip_requirements=["mlflow"])

    with pytest.raises(NotExplainableError, match="a pyfunc of somebody's own"):
        explainer_of_pyfunc(mlflow.pyfunc.load_model(str(tmp_path / "m")))


def test_rows_worth_looking_at() -> None:
    y, predictions = np.array([0.0, 1, 0, 1, 0]), np.array([0.9, 0.2, 0.1, 0.95, 0.5])

    found = worth_looking_at("binary", y, predictions)

    assert found == {
        "highest prediction": 3,
        "lowest prediction": 2,
        "in the middle": 4,
        "false alarm": 0,
        "missed": 1,
    }
    assert {"most too high", "most too low"} <= set(worth_looking_at("regression", y, predictions))


def test_a_reason_in_words() -> None:
    described = {"idle_days": "Days since the last visit; null for the first."}

    up = sentence({"feature": "idle_days", "value": 1204.0, "contribution": 0.8312}, described)
    down = sentence({"feature": "spend", "value": None, "contribution": -12.0}, described)

    assert up == "Days since the last visit: 1,204. Raises it by 0.831."
    assert down == "spend: missing. Lowers it by 12."
    assert [shown(value) for value in (0.125, float("nan"), -3.0)] == ["0.125", "missing", "-3"]


def test_descriptions_are_the_comments_of_the_columns() -> None:
    from pyspark.sql.types import DoubleType, StructField, StructType

    schema = StructType(
        [StructField("a", DoubleType(), True, {"comment": "What a is."}), StructField("b", DoubleType())]
    )

    assert descriptions(schema) == {"a": "What a is."}
