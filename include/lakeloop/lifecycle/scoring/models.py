"""What computes scores on a worker: trees of XGBoost straight from a matrix, any other model through MLflow."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lakeloop.lifecycle.scoring.batches import frame_of, matrix_of
from lakeloop.lifecycle.scoring.trees import doubled, without_missing

Score = Callable[[Any], np.ndarray]


def score_of(model: Any, features: Sequence[str]) -> Score:
    """From a batch of Arrow's to a score for each row, float64 [rows].

    Args:
        model: loaded by MLflow as a pyfunc.
    """
    booster = _trees(model, features)
    return _through_mlflow(model, features) if booster is None else _through_xgboost(booster, features)


def _through_xgboost(booster: Any, features: Sequence[str]) -> Score:
    """The function of XGBoost's that the scorer of real time calls, too: it reads the matrix where it is."""
    trees = without_missing(booster)
    trees.set_param({"nthread": 1})  # a worker has one core

    def score(batch: Any) -> np.ndarray:
        matrix = doubled(matrix_of(batch, features))
        return np.asarray(trees.inplace_predict(matrix, validate_features=False), dtype=np.float64)

    return score


def _through_mlflow(model: Any, features: Sequence[str]) -> Score:
    def score(batch: Any) -> np.ndarray:
        values = np.asarray(model.predict(frame_of(batch, features)), dtype=np.float64)
        # a classifier's predict_proba answers with one column per class
        return values.reshape(batch.num_rows, -1)[:, -1]

    return score


def _trees(model: Any, features: Sequence[str]) -> Any:
    """The Booster within a pyfunc, if it answers with one score a row by splits of these features; else None."""
    try:
        booster = model.get_raw_model()
    except NotImplementedError:  # a pyfunc of somebody's own
        return None
    if type(booster).__name__ != "Booster" or booster.feature_names != list(features):
        return None
    learner = json.loads(booster.save_config())["learner"]
    plain = learner["learner_train_param"]["booster"] == "gbtree" and "c" not in (booster.feature_types or ())
    groups = (
        int(learner["learner_model_param"]["num_class"]),
        int(learner["learner_model_param"]["num_target"]),
    )
    return booster if plain and groups == (0, 1) else None
