"""A model of payments as training logs it: missing values, few positives, a booster that stopped early."""

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from lakeloop.lifecycle import tracking
from lakeloop_stack.edge.version import Version, version_in

FEATURES = [f"feature_{number}" for number in range(12)]


def payments(rows: int, seed: int) -> np.ndarray:
    """float64 [rows, 12], a twentieth of the second half missing"""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, len(FEATURES)))
    x[:, 0] = random.lognormal(3, 1, rows).round(2)
    x[:, 6:][random.random((rows, 6)) < 0.05] = np.nan
    return x


def labels(x: np.ndarray, seed: int) -> np.ndarray:
    """[rows]"""
    noise = np.random.default_rng(seed).normal(size=len(x))
    return (np.log(x[:, 0]) + x[:, 1] * x[:, 2] + noise > 6).astype(int)


@pytest.fixture(scope="session")
def trained() -> xgb.Booster:
    x = payments(6_000, seed=1)
    rows = xgb.DMatrix(x, labels(x, 2), feature_names=FEATURES)
    return xgb.train({"objective": "binary:logistic", "max_depth": 5, "nthread": 1, "seed": 3}, rows, 80)


@pytest.fixture(scope="session")
def saved(trained: xgb.Booster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an MLflow model."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    example = pd.DataFrame(payments(5, seed=4), columns=FEATURES)
    answers = trained.predict(xgb.DMatrix(example))
    mlflow.xgboost.save_model(
        trained,
        folder,
        signature=tracking.signature(example, answers),
        metadata={tracking.EXAMPLE_ANSWERS: answers.tolist()},
        input_example=example,
        pip_requirements=["xgboost"],
        model_format="json",
    )
    return folder


@pytest.fixture(scope="session")
def version(saved: Path) -> Version:
    return version_in(saved, "dev.payments_ml.model", "7", "a" * 32)


@pytest.fixture(scope="session")
def reference() -> np.ndarray:
    return payments(3_000, seed=5)
