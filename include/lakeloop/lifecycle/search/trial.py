"""One fold of one trial: what is trained and judged, on whichever machine.

All of it travels to workers of Spark by value, so that they need numpy, pandas and the model's own library, and
neither this package nor MLflow. The functions here therefore take plain values, and import nothing when they run.
"""

import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lakeloop.config.use_case.gate import Metric
from lakeloop.config.use_case.task import Parameter
from lakeloop.lifecycle.evaluation.metrics import value
from lakeloop.lifecycle.training.models import predict_kind, trainer
from lakeloop.lifecycle.training.splits import TimeSplit


@dataclass(frozen=True)
class Job:
    """A fold (0-based) of a trial to be judged; `params` are complete but for the model's own defaults."""

    trial: int
    fold: int
    family: str
    params: Mapping[str, Parameter]


@dataclass(frozen=True)
class Outcome:
    """The metric on a fold and the seconds that it took; `value` is None where `error` says why."""

    trial: int
    fold: int
    value: float | None
    seconds: float
    error: str | None = None


@dataclass(frozen=True)
class Rows:
    """The training set without its configuration: what all trials share.

    Args:
        x: features (shape: rows x features, float64).
        y: labels (shape: rows).
        periods: of each row, as a number (shape: rows).
        folds: first and last period of fit, early stopping and judging (shape: folds x 3 x 2).
    """

    features: Sequence[str]
    x: np.ndarray
    y: np.ndarray
    periods: np.ndarray
    folds: np.ndarray = field(repr=False)

    def between(self, first: int, last: int) -> tuple[pd.DataFrame, np.ndarray]:
        """Features and labels of whole periods, both ends included."""
        chosen = (first <= self.periods) & (self.periods <= last)
        return pd.DataFrame(self.x[chosen], columns=list(self.features)), self.y[chosen]

    def packed(self) -> bytes:
        """Everything, compressed; the same rows give the same bytes."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            x=self.x,
            y=self.y,
            periods=self.periods,
            folds=self.folds,
            features=np.array(self.features),
        )
        return buffer.getvalue()


def unpacked(file: Any) -> Rows:
    """What :meth:`Rows.packed` gave, from a path or an open file."""
    with np.load(file) as arrays:
        features = [str(name) for name in arrays["features"]]
        return Rows(features, arrays["x"], arrays["y"], arrays["periods"], arrays["folds"])


def rows_of(x: pd.DataFrame, y: np.ndarray, periods: np.ndarray, folds: Sequence[TimeSplit]) -> Rows:
    """The rows that the `folds` speak of."""
    ends = [[(p.first, p.last) for p in (fold.fit, fold.early_stopping, fold.holdout)] for fold in folds]
    return Rows(list(x.columns), x.to_numpy(dtype="float64"), y, periods, np.array(ends, dtype="int64"))


def judge(families: Sequence[str], task: str, metric: Metric) -> Callable[[Rows, Job], Outcome]:
    """A function that judges jobs of these `families`; an error in training becomes part of its answer."""
    trainers = {family: trainer(family) for family in families}

    def judged(rows: Rows, job: Job) -> Outcome:
        start = time.perf_counter()
        try:
            (first, last), (stop_first, stop_last), judging = rows.folds[job.fold]
            fit, early = rows.between(first, last), rows.between(stop_first, stop_last)
            trained = trainers[job.family](job.params, task, fit, early, rows.between(first, stop_last))
            x, y = rows.between(*judging)
            found = value(metric, y, predict_kind(trained.final, task, x))
        except Exception as error:  # a setting that cannot be trained is one that the search should avoid
            return Outcome(
                job.trial, job.fold, None, time.perf_counter() - start, f"{type(error).__name__}: {error}"
            )
        seconds = time.perf_counter() - start
        if not np.isfinite(found):
            return Outcome(
                job.trial, job.fold, None, seconds, f"{metric} is undefined on fold {job.fold + 1}"
            )
        return Outcome(job.trial, job.fold, float(found), seconds)

    return judged
