"""The models of a use case: the candidate and the simpler ones that it has to beat, each trained in the same way."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from lakeloop.config.use_case.task import Model, Task
from lakeloop.lifecycle.training.trained import Rows, Trained

if TYPE_CHECKING:
    from lakeloop.lifecycle.training.parts import TrainingRows

__all__ = [
    "Rows",
    "Trained",
    "Trainer",
    "predict",
    "predict_kind",
    "predictions",
    "require_allowed",
    "train",
    "train_all",
    "trainer",
]


class Trainer(Protocol):
    """Trains one kind of model. It knows plain values only, so that it can travel to a worker of Spark."""

    def __call__(
        self, params: Mapping[str, Any], task: str, fit: Rows, early_stopping: Rows, everything: Rows
    ) -> Trained: ...


def trainer(kind: str) -> Trainer:
    """What trains models of that kind; its library is loaded only now."""
    if kind == "xgboost":
        from lakeloop.lifecycle.training.trees import train_trees

        return train_trees
    if kind == "hist_gradient_boosting":
        from lakeloop.lifecycle.training.histogram import train_histogram

        return train_histogram
    from lakeloop.lifecycle.training.linear import train_linear

    return train_linear


def require_allowed(kind: str, params: Mapping[str, Any], task: str) -> None:
    """Lets a model of that kind grow one tree. Raises a ValueError with what its library says of `params`.

    A linear model takes one parameter, which the YAML's own rules know all about.
    """
    if kind == "xgboost":
        from lakeloop.lifecycle.training.trees import complete

        complete(params, task)
    elif kind == "hist_gradient_boosting":
        from lakeloop.lifecycle.training.histogram import require_allowed as require

        require(params, task)


def train(model: Model, task: Task, fit: Rows, early_stopping: Rows, everything: Rows) -> Trained:
    """Trains one model of the use case.

    Args:
        fit: what `judged` learns from.
        early_stopping: what tells the trees when to stop.
        everything: what `final` learns from: fit, early stopping and the gap between them.

    Raises the errors of :func:`trees.complete` for parameters that do not fit XGBoost or the task, a ValueError for a
    value that scikit-learn does not allow.
    """
    return trainer(model.kind)(model.params, task.kind, fit, early_stopping, everything)


def train_all(recipes: Mapping[str, Model], task: Task, rows: "TrainingRows") -> dict[str, Trained]:
    """Each of `recipes` by its name. Raises what :func:`train` raises."""
    return {name: train(model, task, *rows) for name, model in recipes.items()}


def predict(model: Any, task: Task, x: pd.DataFrame) -> np.ndarray:
    """What `final` or `judged` of a Trained, or a model loaded by MLflow as a pyfunc, says (shape: rows)."""
    return predict_kind(model, task.kind, x)


def predict_kind(model: Any, task: str, x: pd.DataFrame) -> np.ndarray:
    """:func:`predict` for a task of that kind, without its configuration."""
    if hasattr(model, "get_score"):  # a Booster
        from xgboost import DMatrix

        return predictions(task, model.predict(DMatrix(x)))
    answer = model.predict_proba(x) if hasattr(model, "predict_proba") else model.predict(x)
    return predictions(task, answer)


def predictions(task: str, answer: Any) -> np.ndarray:
    """Whatever a model answers, as one number per row: the probability of 1, or the predicted number.

    Raises ValueError for more columns: only a classifier (a `task` of kind ``binary``) may answer with two, one per
    class.
    """
    values = np.asarray(answer, dtype="float64")
    values = values.reshape(len(values), -1)
    if task == "binary" and values.shape[1] == 2:
        return values[:, 1]
    if values.shape[1] != 1:
        raise ValueError(f"the model answers with {values.shape[1]} columns per row, expected one prediction")
    return values[:, 0]
