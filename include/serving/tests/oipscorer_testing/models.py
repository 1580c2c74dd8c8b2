"""XGBoost models as MLflow writes them."""

from pathlib import Path
from typing import Any

import mlflow.xgboost
import numpy as np
import pandas as pd
import xgboost as xgb
from mlflow.models import infer_signature

BINARY = {"objective": "binary:logistic", "max_depth": 4}
MULTI = {"objective": "multi:softprob", "num_class": 3, "max_depth": 3}


def frame(rows: int = 200, seed: int = 0) -> pd.DataFrame:
    """A column of each kind that a tensor can fill."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "amount": random.normal(size=rows),
            "visits": random.integers(0, 50, rows),
            "member": random.random(rows) > 0.5,
            "share": random.random(rows).astype("float32"),
        }
    )


def trained(
    data: pd.DataFrame, options: dict[str, Any] = BINARY, trees: int = 10, seed: int = 0
) -> xgb.Booster:
    """A booster whose answers depend on every column and on the seed."""
    noise = np.random.default_rng(seed).normal(size=len(data))
    target = data.to_numpy(dtype=float) @ np.linspace(1, 0.1, data.shape[1]) + noise
    classes = options.get("num_class", 2)
    label = pd.qcut(target, classes, labels=False)
    return xgb.train({"nthread": 1, "seed": seed} | options, xgb.DMatrix(data, label=label), trees)


def save(booster: Any, folder: Path, example: pd.DataFrame, answers: Any = None, **options: Any) -> Path:
    """The folder, as MLflow writes it, with the answers to the example recorded as the product records them."""
    said = booster.predict(xgb.DMatrix(example)) if answers is None else np.asarray(answers)
    given = {
        "signature": infer_signature(example, said),
        "input_example": example,
        "metadata": {"example_answers": said.tolist()},
        "pip_requirements": ["xgboost"],
        "model_format": "ubj",
    }
    mlflow.xgboost.save_model(booster, str(folder), **{**given, **options})
    return folder


def saved(folder: Path, options: dict[str, Any] = BINARY, seed: int = 0, **given: Any) -> xgb.Booster:
    """Trains on `frame`, writes the folder, and returns the booster."""
    data = frame()
    booster = trained(data, options, seed=seed)
    save(booster, folder, data.head(5), **given)
    return booster


def expected(booster: xgb.Booster, rows: pd.DataFrame) -> np.ndarray:
    """What the booster itself says, float32."""
    return booster.predict(xgb.DMatrix(rows))
