"""XGBoost straight from Arrow says the same, bit for bit, as MLflow says of a DataFrame."""

import io
import zipfile
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xgboost as xgb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlflow.pyfunc import PyFuncModel

from lakeloop.lifecycle.scoring.batches import frame_of, matrix_of
from lakeloop.lifecycle.scoring.models import score_of
from lakeloop.lifecycle.scoring.trees import doubled, without_missing
from tests.include.lakeloop.lifecycle.data import FEATURES

LARGEST = float(np.finfo(np.float32).max)
VALUES = (
    st.none() | st.floats(-LARGEST, LARGEST) | st.sampled_from([float("inf"), float("-inf"), float("nan")])
)
ROWS = st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=40)


@pytest.fixture
def model(packed: bytes, tmp_path: Path) -> PyFuncModel:
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(io.BytesIO(packed)).extractall(folder)
    return mlflow.pyfunc.load_model(str(folder))


def batch_of(rows: list[tuple[float | None, ...]]) -> pa.RecordBatch:
    columns = [pa.array(column, type=pa.float64()) for column in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names=FEATURES)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_a_matrix_scores_as_the_frame_does(model: PyFuncModel, rows: list[tuple[float | None, ...]]) -> None:
    batch = batch_of(rows)

    said = score_of(model, FEATURES)(batch)

    assert said.tolist() == np.asarray(model.predict(frame_of(batch, FEATURES)), dtype=float).tolist()


def test_integers_nulls_and_infinities_are_what_training_made_of_them() -> None:
    batch = pa.RecordBatch.from_pydict({"a": pa.array([1, None, 3], pa.int64()), "b": [1.5, np.inf, -np.inf]})
    wanted = [[1, 1.5], [np.nan, np.nan], [3, np.nan]]

    assert np.array_equal(matrix_of(batch, ["a", "b"]), wanted, equal_nan=True)
    assert np.array_equal(frame_of(batch, ["a", "b"]), wanted, equal_nan=True)


def test_what_single_precision_cannot_hold_is_named() -> None:
    batch = pa.RecordBatch.from_pydict({"a": [1.0], "b": [1e39]})

    with pytest.raises(ValueError, match=r"feature b is 1e\+39, which single precision cannot hold"):
        matrix_of(batch, ["a", "b"])


@pytest.mark.parametrize(
    "params",
    [
        {"objective": "reg:squarederror", "booster": "dart"},
        {"objective": "reg:squarederror", "booster": "gblinear"},
        {"objective": "multi:softprob", "num_class": 3},
    ],
)
def test_another_kind_of_booster_goes_through_mlflow(tmp_path: Path, params: dict[str, object]) -> None:
    random = np.random.default_rng(1)
    x = pd.DataFrame(random.normal(size=(60, 3)), columns=FEATURES)
    booster = xgb.train({**params, "nthread": 1}, xgb.DMatrix(x, random.integers(0, 3, 60)), 3)
    mlflow.xgboost.save_model(booster, tmp_path / "m", pip_requirements=["xgboost"], model_format="json")
    model = mlflow.pyfunc.load_model(str(tmp_path / "m"))

    said = score_of(model, FEATURES)(pa.RecordBatch.from_pandas(x))

    assert said.tolist() == booster.predict(xgb.DMatrix(x)).reshape(60, -1)[:, -1].tolist()


def test_columns_in_another_order_are_found_by_their_names(
    model: PyFuncModel,
) -> None:
    batch = batch_of([(1.0, 2.0, 3.0)])
    turned = FEATURES[::-1]
    raw = PyFuncModel.get_raw_model(model)

    score = score_of(model, turned)

    # MLflow puts columns into the order of the signature, so that names decide and not places
    assert score(batch).tolist() == raw.predict(xgb.DMatrix(frame_of(batch, FEATURES))).tolist()


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 6), missing=st.floats(0, 1))
def test_trees_without_missing_values_answer_to_the_bit(seed: int, depth: int, missing: float) -> None:
    """On values at the trees' own thresholds and the next number below: where a step to the other side shows."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(200, 3)).astype(np.float32)
    x[random.random(x.shape) < missing] = np.nan
    params = {"objective": "reg:squarederror", "max_depth": depth, "nthread": 1}
    booster = xgb.train(params, xgb.DMatrix(x, random.normal(size=200)), 5)
    cuts = booster.trees_to_dataframe()["Split"].dropna().to_numpy(np.float32)
    rows = random.choice(np.concatenate([cuts, np.nextafter(cuts, -np.inf), [np.nan]]), (300, 3)).astype(
        np.float32
    )

    said = without_missing(booster).inplace_predict(doubled(rows))

    assert said.tolist() == booster.inplace_predict(rows).tolist()
