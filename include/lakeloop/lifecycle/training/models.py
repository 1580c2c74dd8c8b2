"""The models of a use case: the candidate and the simpler ones that it has to beat, each trained in the same way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lakeloop.config.use_case.task import Model, Task, XGBoost

Rows = tuple[
    pd.DataFrame, np.ndarray
]  # features and labels, as `features.model_input` and `features.labels` give them


@dataclass(frozen=True)
class Trained:
    """`final` knows all training rows; `judged` has not seen the early-stopping rows, so it can be judged on them.

    `curve`: the metric `params["eval_metric"]` on the early-stopping rows after each tree; empty for a linear model.
    """

    kind: str
    final: Any
    judged: Any
    params: Mapping[str, Any] = field(default_factory=dict)
    curve: tuple[float, ...] = ()
    importance: pd.Series | None = None


def train(model: Model, task: Task, fit: Rows, early_stopping: Rows, everything: Rows) -> Trained:
    """Trains one model of the use case.

    Args:
        fit: what `judged` learns from.
        early_stopping: what tells the trees when to stop.
        everything: what `final` learns from: fit, early stopping and the gap between them.

    Raises the errors of :func:`trees.complete` for parameters that do not fit XGBoost or the task.
    """
    if isinstance(model, XGBoost):
        from lakeloop.lifecycle.training.trees import train_trees

        return train_trees(model.params, task.kind, fit, early_stopping, everything)
    from lakeloop.lifecycle.training.linear import train_linear

    return Trained("linear", train_linear(task.kind, *everything), train_linear(task.kind, *fit))


def predict(model: Any, task: Task, x: pd.DataFrame) -> np.ndarray:
    """What `final` or `judged` of a Trained, or a model loaded by MLflow as a pyfunc, says (shape: rows)."""
    if hasattr(model, "get_score"):  # a Booster
        from xgboost import DMatrix

        return predictions(task, model.predict(DMatrix(x)))
    answer = model.predict_proba(x) if hasattr(model, "predict_proba") else model.predict(x)
    return predictions(task, answer)


def predictions(task: Task, answer: Any) -> np.ndarray:
    """Whatever a model answers, as one number per row: the probability of 1, or the predicted number.

    Raises ValueError for more columns: only a classifier may answer with two, one per class.
    """
    values = np.asarray(answer, dtype="float64")
    values = values.reshape(len(values), -1)
    if task.kind == "binary" and values.shape[1] == 2:
        return values[:, 1]
    if values.shape[1] != 1:
        raise ValueError(f"the model answers with {values.shape[1]} columns per row, expected one prediction")
    return values[:, 0]
