"""A model that was really logged and loaded: served as it was trained, small and quick enough, or refused."""

import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
import xgboost as xgb
import yaml
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import tracking
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.serving import judge
from lakeloop.lifecycle.training.linear import train_linear
from tests.include.lakeloop.lifecycle.checks.world import evidence, refused

ALL = {"budgets": {"one_row_ms": "<= 5000", "thousand_rows_ms": "<= 10000", "packed_mib": "<= 10"}}


def served(folder: Path, **gate: Any) -> Evidence:
    return evidence(mlflow.pyfunc.load_model(str(folder)), gate, folder=folder)


@pytest.fixture(params=["xgboost", "linear"])
def logged(request: pytest.FixtureRequest, client: MlflowClient, tmp_path: Path) -> Path:
    """The files of a model that was trained on the museum's visitors and logged as training logs it."""
    known = evidence()
    if request.param == "linear":
        learned = (known.x, known.y.astype("int64"))
        model: Any = train_linear({}, "binary", learned, learned, learned).final
    else:
        matrix = xgb.DMatrix(known.x, label=known.y)
        model = xgb.train({"objective": "binary:logistic", "max_depth": 2}, matrix, num_boost_round=5)
    with mlflow.start_run() as run:
        tracking.log_model(model, "model", known.x.head(5))
    return Path(mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/model", dst_path=str(tmp_path)))


def test_a_logged_model_passes_all_of_it(logged: Path) -> None:
    checks = judge(served(logged, **ALL))

    assert refused(checks) == []
    assert [check.key for check in checks] == [
        "gate.serving.signature",
        "gate.serving.example",
        "gate.budgets.one_row_ms",
        "gate.budgets.thousand_rows_ms",
        "gate.budgets.packed_mib",
    ]
    assert "5 example rows are served as JSON" in checks[1].sentence


def test_a_model_that_answers_otherwise_than_in_training_is_refused(logged: Path) -> None:
    changed(logged, lambda about: about["metadata"].update(example_answers=[[0.5, 0.5]] * 5))

    checks = judge(served(logged))

    assert refused(checks) == ["gate.serving.example"]
    assert "from what training said, allowed is 1e-06" in checks[1].sentence


def test_a_model_that_was_logged_elsewhere_without_its_answers_is_refused(logged: Path) -> None:
    changed(logged, lambda about: about.pop("metadata"))

    assert refused(judge(served(logged))) == ["gate.serving.example"]


def test_a_model_without_a_signature_is_refused(logged: Path) -> None:
    found = served(logged)
    found.model.metadata.signature = None

    assert "gate.serving.signature" in refused(judge(found))


def test_an_example_that_the_signature_does_not_allow_cannot_be_served(logged: Path) -> None:
    example = logged / "serving_input_example.json"
    content = json.loads(example.read_text())
    content["dataframe_split"]["columns"][0] = "another_name"
    example.write_text(json.dumps(content))

    checks = judge(served(logged))

    assert refused(checks) == ["gate.serving.example"]
    assert "the example cannot be served: MlflowException" in checks[1].sentence


def test_budgets_that_are_too_small_are_refused_with_value_and_limit(logged: Path) -> None:
    budgets = {"one_row_ms": "<= 0.0001", "thousand_rows_ms": "<= 0.0001", "packed_mib": "<= 0.0001"}

    checks = judge(served(logged, budgets=budgets))

    assert refused(checks) == [f"gate.budgets.{name}" for name in budgets]
    assert all("misses the limit <= 0.0001" in check.sentence for check in checks[2:])


def test_what_is_switched_off_is_not_checked(logged: Path) -> None:
    gate = {"serving": {"signature": False, "example": False}, "budgets": {"packed_mib": None}}

    assert judge(served(logged, **gate)) == []


def changed(folder: Path, change: Any) -> None:
    """Changes what the model's file MLmodel says about it."""
    file = folder / "MLmodel"
    about = yaml.safe_load(file.read_text())
    change(about)
    file.write_text(yaml.safe_dump(about))


def test_the_answers_are_those_of_training(logged: Path) -> None:
    found = served(logged)

    remembered = np.array(found.model.metadata.metadata["example_answers"])
    assert found.model.predict(found.x.head(5)) == pytest.approx(remembered, abs=1e-6)
