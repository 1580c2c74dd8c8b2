"""The model travels inside the function that Spark runs, and answers there as it does here."""

import io
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import cloudpickle
import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from mlflow.tracking import MlflowClient
from sklearn.linear_model import LogisticRegression

from lakeloop.lifecycle import scoring
from lakeloop.lifecycle.scoring import ModelTooLargeError, pack, scorer
from tests.include.lakeloop.lifecycle.data import FEATURES, checkerboard

KEYS = ["household_id", "week"]

if TYPE_CHECKING:
    pass


def test_the_same_files_pack_to_the_same_bytes(tmp_path: Path) -> None:
    for name in ("b/model.json", "MLmodel"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(name)
    first = pack(tmp_path)
    (tmp_path / "MLmodel").touch()

    assert pack(tmp_path) == first
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["MLmodel", "b/model.json"]


def test_a_model_too_large_for_a_closure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "MAX_MODEL_BYTES", 2**20)
    (tmp_path / "model").write_bytes(np.random.default_rng(1).bytes(2**21))

    with pytest.raises(ModelTooLargeError, match="the model packs to 2 MiB, more than the 1"):
        pack(tmp_path)


def test_batches_keep_their_keys_and_get_the_models_probability(
    packed: bytes, households: pd.DataFrame, booster: xgb.Booster
) -> None:
    score = scorer(packed, KEYS, FEATURES, "churn_probability")

    scored = pd.concat(score(iter([households[:100], households[:0], households[100:]])))

    assert scored.columns.tolist() == [*KEYS, "churn_probability"]
    assert scored["household_id"].tolist() == households["household_id"].tolist()
    assert np.allclose(scored["churn_probability"], booster.inplace_predict(households[FEATURES]))


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

    [scored] = scorer(pack(folder), KEYS, FEATURES, "p")(iter([filled]))

    assert np.allclose(scored["p"], model.predict_proba(filled[FEATURES])[:, 1])


def test_a_worker_needs_no_copy_of_this_package(packed: bytes, tmp_path: Path) -> None:
    function = tmp_path / "function.pickle"
    function.write_bytes(cloudpickle.dumps(scorer(packed, KEYS, FEATURES, "p")))
    code = (
        "import pickle, sys, pandas as pd\n"
        "sys.modules['include'] = None\n"  # importing it fails from here on
        f"score = pickle.load(open({str(function)!r}, 'rb'))\n"
        f"batch = pd.DataFrame([[1, 2, 1.0, -1.0, 0.0]], columns={[*KEYS, *FEATURES]})\n"
        "print(next(score(iter([batch])))['p'][0])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)

    assert done.returncode == 0, done.stderr[-2000:]
    assert 0 < float(done.stdout.split()[-1]) < 1


def test_the_function_is_small_enough_to_travel(packed: bytes) -> None:
    assert len(pickle.dumps(packed)) < 2**20
