"""Trains a version again from its snapshot and its recipe, and holds the result against the registered model.

Needs nothing but files: no Spark, no MLflow server, no S3.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import mlflow
import numpy as np

from lakeloop.config import load_labelled_use_case
from lakeloop.lifecycle.evaluation.metrics import evaluate
from lakeloop.lifecycle.reproduction import snapshot
from lakeloop.lifecycle.reproduction.pinning import DATA_HASHES, DETERMINED_BY, SNAPSHOT, data_hashes
from lakeloop.lifecycle.reproduction.recipe import FILE, Recipe, determined_by
from lakeloop.lifecycle.training import models
from lakeloop.lifecycle.training.parts import known, training_rows

MODEL = "model"
RESULT = "reproduced.json"


def rerun(folder: Path) -> dict[str, Any]:
    """What comes out today; also written to ``<folder>/reproduced.json``.

    Args:
        folder: holds ``recipe.json``, the folder ``snapshot`` and, as MLflow keeps it, the registered ``model``.

    Raises RecipeError, NoSnapshotError, UnknownUseCaseError, and whatever training raises.
    """
    recipe = Recipe.read(folder / FILE)
    use_case = load_labelled_use_case(recipe.use_case)
    task, split = use_case.task, recipe.split(use_case)
    frame = snapshot.read(folder / SNAPSHOT / snapshot.TRAINING_SET)
    rows = training_rows(frame, split, recipe.features, task)
    x, y = known(split.holdout.rows(frame), recipe.features, task)
    trained = models.train(recipe.model, task, *rows)
    early = models.predict(trained.judged, task, rows.early_stopping[0])
    again = models.predict(trained.final, task, x)
    then = models.predict(mlflow.pyfunc.load_model(str(folder / MODEL)), task, x)
    result = {
        DATA_HASHES: data_hashes(use_case, frame, recipe.features, split),
        DETERMINED_BY: determined_by(trained.params),
        "metrics": evaluate(task.kind, rows.early_stopping[1], early).metrics("early_stopping")
        | evaluate(task.kind, y, again).metrics("holdout"),
        "predictions": compared(then, again),
    }
    (folder / RESULT).write_text(json.dumps(result, indent=1, sort_keys=True), encoding="utf-8")
    return result


def compared(then: np.ndarray, now: np.ndarray) -> dict[str, Any]:
    """The digest of each (shape: rows), in how many rows the bits differ, and by how much at most."""
    differing = then.view("u8") != now.view("u8")
    return {
        "rows": len(now),
        "then": sha256(then.astype("<f8").tobytes()).hexdigest(),
        "now": sha256(now.astype("<f8").tobytes()).hexdigest(),
        "differing": int(differing.sum()),
        "largest_difference": float(np.abs(then - now).max()) if differing.any() else 0.0,
    }
