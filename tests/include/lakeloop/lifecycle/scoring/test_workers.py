"""The model travels inside the function that Spark runs, and answers there as it does here."""

import io
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xgboost as xgb
from mlflow.pyfunc import PythonModel
from mlflow.tracking import MlflowClient
from pyspark import cloudpickle
from sklearn.linear_model import LogisticRegression

from lakeloop.lifecycle.explain.contributions import ContradictionError
from lakeloop.lifecycle.scoring import Batches, pack, refusal, scorer
from tests.include.lakeloop.lifecycle.data import FEATURES, checkerboard

KEYS = ["household_id", "week"]


def scored(function: Callable[[Batches], Batches], *frames: pd.DataFrame) -> pd.DataFrame:
    """The function's answer to these batches."""
    batches = (pa.RecordBatch.from_pandas(frame, preserve_index=False) for frame in frames)
    return pa.Table.from_batches(list(function(batches))).to_pandas()


def test_batches_keep_their_keys_and_get_the_models_probability(
    packed: bytes, households: pd.DataFrame, booster: xgb.Booster
) -> None:
    score = scorer(packed, KEYS, FEATURES, "churn_probability")

    told = scored(score, households[:100], households[:0], households[100:])

    assert told.columns.tolist() == [*KEYS, "churn_probability"]
    assert told["household_id"].tolist() == households["household_id"].tolist()
    assert np.allclose(told["churn_probability"], booster.inplace_predict(households[FEATURES]))


def test_a_classifier_with_a_column_per_class_gives_the_probability_of_one(
    client: MlflowClient, households: pd.DataFrame, tmp_path: Path
) -> None:
    x, y = checkerboard(200, seed=1)
    model = LogisticRegression().fit(x.fillna(0), y)
    folder = tmp_path / "model"
    mlflow.sklearn.save_model(
        model, folder, pyfunc_predict_fn="predict_proba", pip_requirements=["scikit-learn"]
    )
    filled = households.fillna(0)

    told = scored(scorer(pack(folder), KEYS, FEATURES, "p"), filled)

    assert np.allclose(told["p"], model.predict_proba(filled[FEATURES])[:, 1])


@pytest.mark.parametrize("most_reasons", [0, 2])
def test_a_worker_needs_no_copy_of_this_package(packed: bytes, tmp_path: Path, most_reasons: int) -> None:
    function = tmp_path / "function.pickle"
    function.write_bytes(cloudpickle.dumps(scorer(packed, KEYS, FEATURES, "p", most_reasons)))
    code = (
        "import pickle, sys, pyarrow as pa\n"
        "sys.modules['include'] = sys.modules['lakeloop'] = None\n"  # importing it fails from here on
        f"score = pickle.load(open({str(function)!r}, 'rb'))\n"
        f"batch = pa.RecordBatch.from_pylist([dict(zip({[*KEYS, *FEATURES]}, [1, 2, 1.0, -1.0, 0.0]))])\n"
        "[row] = next(score(iter([batch]))).to_pylist()\n"
        "print(row['p'], len(row.get('reasons', [])))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)

    assert done.returncode == 0, done.stderr[-2000:]
    probability, reasons = done.stdout.split()[-2:]
    assert 0 < float(probability) < 1
    assert int(reasons) == most_reasons


def test_reasons_explain_the_score_of_their_own_row(
    packed: bytes, households: pd.DataFrame, booster: xgb.Booster
) -> None:
    every = len(FEATURES)

    told = scored(scorer(packed, KEYS, FEATURES, "p", every), households)

    assert told.columns.tolist() == [*KEYS, "p", "reasons"]
    base = booster.predict(xgb.DMatrix(households[FEATURES]), pred_contribs=True)[0, -1]
    for row, (_, found) in zip(households.to_dict("records"), told.iterrows(), strict=True):
        raw = base + sum(reason["contribution"] for reason in found["reasons"])
        assert 1 / (1 + np.exp(-raw)) == pytest.approx(found["p"], abs=1e-4)
        for reason in found["reasons"]:
            value = row[reason["feature"]]
            assert reason["value"] == value or (reason["value"] is None and np.isnan(value))


def test_a_model_that_contradicts_its_explanation_scores_nothing(
    packed: bytes, households: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict = xgb.Booster.inplace_predict
    monkeypatch.setattr(xgb.Booster, "inplace_predict", lambda self, x, **how: predict(self, x, **how) * 0.9)

    with pytest.raises(ContradictionError, match="of 300 rows does not add up"):
        scored(scorer(packed, KEYS, FEATURES, "p", 2), households)


def test_a_foreign_model_is_scored_without_reasons_and_says_why(
    packed: bytes, tmp_path: Path, client: MlflowClient
) -> None:
    class Constant(PythonModel):
        def predict(self, context: object, model_input: pd.DataFrame, params: Any = None) -> np.ndarray:
            return np.zeros(len(model_input))

    foreign, own = tmp_path / "foreign", tmp_path / "own"
    mlflow.pyfunc.save_model(foreign, python_model=Constant(), pip_requirements=["mlflow"])
    zipfile.ZipFile(io.BytesIO(packed)).extractall(own)

    assert "a pyfunc of somebody's own" in str(refusal(foreign))
    assert refusal(own) is None


def test_the_function_is_small_enough_to_travel(packed: bytes) -> None:
    assert len(pickle.dumps(packed)) < 2**20
