"""Linear models by pyspark.ml, handed over as the scikit-learn pipeline that training on one machine gives.

The steps are those of `training.linear`: the median and a flag for what is missing, standardised, then the model with
scikit-learn's penalty. Spark divides the loss by the number of rows n and scikit-learn does not, so that C = 1 / alpha
and alpha are both regParam = alpha / n (https://spark.apache.org/docs/latest/ml-linear-methods.html,
https://scikit-learn.org/stable/modules/linear_model.html). Medians are approximate: off by 0.1 % of the ranks at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from lakeloop.lifecycle.training.distributed.rows import LABEL, SharedRows
from lakeloop.lifecycle.training.linear import DEFAULTS
from lakeloop.lifecycle.training.linear import train_linear as train_on_driver
from lakeloop.lifecycle.training.trained import Trained

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

MEDIAN_ERROR = 0.001
TOLERANCE = 1e-9
VECTOR = "_vector"


@dataclass(frozen=True)
class Prepared:
    """What the steps before the model learn: medians by feature, flagged features, mean and scale of each input."""

    medians: dict[str, float]  # 0 for a feature without any value
    flagged: list[str]
    mean: np.ndarray
    scale: np.ndarray
    rows: int


def train_linear(params: Mapping[str, Any], task: str, rows: SharedRows) -> Trained:
    """Logistic regression for a binary label, ridge regression for a number; no Spark is needed to score.

    Args:
        params: `alpha`, as `training.linear` takes it.
    """
    params = {**DEFAULTS, **params}
    features, alpha = list(rows.features), float(params["alpha"])
    final, judged = (_train(alpha, task, frame, features) for frame in (rows.frame, rows.fit))
    return Trained("linear", final, judged, params)


def _train(alpha: float, task: str, frame: "DataFrame", features: list[str]) -> Pipeline:
    prepared = prepare(frame, features)
    weights, intercept = _fit(alpha, task, frame, prepared)
    return as_pipeline(alpha, task, prepared, weights, intercept)


def prepare(frame: "DataFrame", features: list[str]) -> Prepared:
    """Learns medians, flags and scales from the rows."""
    from pyspark.sql import functions as f

    quantiles = frame.approxQuantile(features, [0.5], MEDIAN_ERROR)
    medians = {name: found[0] if found else 0.0 for name, found in zip(features, quantiles, strict=True)}
    [missing] = frame.agg(*(f.count_if(f.isnan(name)).alias(name) for name in features)).collect()
    flagged = [name for name in features if missing[name]]
    inputs = _inputs(medians, flagged)
    moments = [f.count("*"), *(of(column) for column in inputs for of in (f.avg, f.stddev_pop))]
    [[rows, *found]] = frame.agg(*moments).collect()
    mean, scale = np.array(found[::2], dtype="float64"), np.array(found[1::2], dtype="float64")
    return Prepared(medians, flagged, mean, _not_zero(scale, mean), int(rows))


def as_pipeline(
    alpha: float, task: str, prepared: Prepared, weights: np.ndarray, intercept: float
) -> Pipeline:
    """The pipeline of `training.linear` with these values: fitted on stand-in rows for its form, then given them."""
    first = pd.Series(prepared.medians, dtype="float64")
    stand_in = pd.DataFrame([first, first + 1.0, first])
    stand_in.loc[stand_in.index[-1], prepared.flagged] = np.nan
    known = (stand_in.reset_index(drop=True), np.array([0, 1, 0]))
    model: Any = train_on_driver({"alpha": alpha}, task, known, known, known).final
    imputer, scaler, estimator = (step for _, step in model.steps)
    imputer.statistics_ = first.to_numpy()
    scaler.mean_, scaler.scale_, scaler.var_ = prepared.mean, prepared.scale, prepared.scale**2
    scaler.n_samples_seen_ = prepared.rows
    is_binary = task == "binary"
    estimator.coef_ = weights.reshape(1, -1) if is_binary else weights
    estimator.intercept_ = np.array([intercept]) if is_binary else intercept
    return model


def _fit(alpha: float, task: str, frame: "DataFrame", prepared: Prepared) -> tuple[np.ndarray, float]:
    from pyspark.ml.classification import LogisticRegression
    from pyspark.ml.feature import VectorAssembler
    from pyspark.ml.regression import LinearRegression

    inputs = _inputs(prepared.medians, prepared.flagged)
    moments = zip(inputs, prepared.mean, prepared.scale, strict=True)
    scaled = [((column - float(m)) / float(s)).alias(f"x{n}") for n, (column, m, s) in enumerate(moments)]
    names = [f"x{n}" for n in range(len(scaled))]
    rows = VectorAssembler(inputCols=names, outputCol=VECTOR).transform(frame.select(LABEL, *scaled))
    settings: dict[str, Any] = {
        "featuresCol": VECTOR,
        "labelCol": LABEL,
        "regParam": alpha / prepared.rows,
        "standardization": False,
        "tol": TOLERANCE,
        "maxIter": 1000,
    }
    kind: Any = LogisticRegression if task == "binary" else LinearRegression
    model = kind(**settings).fit(rows.select(LABEL, VECTOR))
    return model.coefficients.toArray(), float(model.intercept)


def _inputs(medians: dict[str, float], flagged: list[str]) -> "list[Column]":
    """What the model sees, before scaling: each feature with its median where it is missing, then the flags."""
    from pyspark.sql import functions as f

    filled = [f.nanvl(f.col(name), f.lit(float(median))) for name, median in medians.items()]
    return [*filled, *(f.isnan(name).cast("double") for name in flagged)]


def _not_zero(scale: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """A constant column keeps its scale, as StandardScaler has it; rounding leaves a constant a tiny deviation."""
    constant = scale <= 10 * np.finfo("float64").eps * np.maximum(np.abs(mean), 1.0)
    return np.where(constant, 1.0, scale)
