"""A converted folder answers as the booster does, and what does not is refused."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import pytest
import xgboost as xgb

from oipscorer.conversion.folders import to_onnx
from oipscorer.errors import UnusableModelError
from oipscorer.models.material import read_material
from oipscorer.models.verification import verified
from oipscorer_testing.models import BINARY, MULTI, expected, frame, save, saved

ROWS = frame(200, seed=3).astype("float32")
KINDS: dict[str, dict[str, Any]] = {
    "binary": BINARY,
    "classes": MULTI,
    "regression": {"objective": "reg:squarederror"},
    "counts": {"objective": "count:poisson"},
    "forest": BINARY | {"num_parallel_tree": 3, "subsample": 0.5, "learning_rate": 1},
}
UNCONVERTED: dict[str, tuple[dict[str, Any], str]] = {
    "class": (MULTI | {"objective": "multi:softmax"}, "as ONNX it gives"),
    "dart": (
        {"booster": "dart", "objective": "binary:logistic", "rate_drop": 0.5},
        "onnxmltools cannot convert this booster (KeyError: ",
    ),
    "log-odds": ({"objective": "binary:logitraw"}, "values otherwise than the booster, up to"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_converted_folder_answers_as_the_booster(tmp_path: Path, kind: str) -> None:
    booster = saved(tmp_path / "from", KINDS[kind])

    parity = to_onnx(tmp_path / "from", tmp_path / "to")

    engine = verified(read_material(tmp_path / "to"))
    assert engine.platform == "onnxruntime_mlflow"
    assert parity.rows == 2_005
    right = expected(booster, ROWS)
    for rows in (ROWS, ROWS.head(1)):
        assert np.allclose(engine.score(rows.to_numpy()), right[: len(rows)], rtol=1e-5, atol=1e-6)


def test_the_rounds_after_the_best_do_not_count(tmp_path: Path) -> None:
    data, noise = frame(), np.random.default_rng(0).normal(size=200)
    model = xgb.XGBRegressor(n_estimators=50, early_stopping_rounds=2, learning_rate=1.0)
    model.fit(data[:100], noise[:100], eval_set=[(data[100:], noise[100:])], verbose=False)
    save(model, tmp_path / "from", data.head(5), answers=model.predict(data.head(5)))

    to_onnx(tmp_path / "from", tmp_path / "to")

    engine = verified(read_material(tmp_path / "to"))
    assert np.allclose(engine.score(data.to_numpy("float32")), model.predict(data), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", UNCONVERTED)
def test_what_does_not_answer_alike_is_refused_and_nothing_is_written(tmp_path: Path, kind: str) -> None:
    options, said = UNCONVERTED[kind]
    saved(tmp_path / "from", options)

    with pytest.raises(UnusableModelError) as error:
        to_onnx(tmp_path / "from", tmp_path / "to")

    assert said in str(error.value)
    assert [place.name for place in tmp_path.iterdir()] == ["from"]


def test_mlflow_still_loads_the_folder(tmp_path: Path) -> None:
    booster = saved(tmp_path / "from")
    to_onnx(tmp_path / "from", tmp_path / "to")

    by_mlflow = mlflow.pyfunc.load_model(str(tmp_path / "to")).predict(frame(3))

    assert np.array_equal(by_mlflow, expected(booster, frame(3)))


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path, folders: Path, booster: object) -> None:
    with pytest.raises(FileExistsError, match="is there already, expected a folder to be made"):
        to_onnx(folders / "churn-1", tmp_path)

    assert not list(tmp_path.iterdir())


def test_the_command_says_how_far_apart_the_two_are(tmp_path: Path, folders: Path, booster: object) -> None:
    command = [sys.executable, "-m", "oipscorer.conversion", str(folders / "churn-1"), str(tmp_path / "to")]

    done = subprocess.run(command, capture_output=True, text=True, timeout=120)

    assert (done.returncode, "on 2005 rows up to" in done.stdout) == (0, True), done.stderr
