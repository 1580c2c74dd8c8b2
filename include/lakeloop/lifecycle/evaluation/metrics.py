"""Every metric, once: its direction, where it is defined, and its value on one or on many samples of the same rows.

A sample is told as `counts`, how often each *unit* (an entity with all its rows) is in it. That one shape serves the
figure itself (each unit once) and the bootstrap (each unit as often as it was drawn).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lakeloop.config.use_case.gate import BINARY, HIGHER_IS_BETTER, REGRESSION, Metric
from lakeloop.lifecycle.evaluation.ranks import area_under_roc, average_precision
from lakeloop.lifecycle.evaluation.review import Stakes, saved
from lakeloop.lifecycle.evaluation.sums import Combine, Terms, of_sums, share

BINS = 10  # of the expected calibration error, of equal width
SMALLEST = np.finfo("float64").eps  # the probability that log loss takes for 0
Sampled = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Definition:
    """`sampled(y, predictions, units, counts)` gives one value per sample, NaN where the metric is undefined.

    Without it the metric also goes by what the rows are worth.
    """

    name: Metric
    sampled: Sampled | None
    of_probabilities: bool = False

    @property
    def higher_is_better(self) -> bool:
        return self.name in HIGHER_IS_BETTER

    def is_defined_for(self, predictions: np.ndarray) -> bool:
        """Whether the metric means something for such predictions."""
        if self.of_probabilities:
            return bool(((predictions >= 0) & (predictions <= 1)).all())
        return bool(np.isfinite(predictions).all())

    def size(self, values: np.ndarray | float) -> np.ndarray | float:
        """What a limit is compared with: the value, for a bias its absolute value."""
        return np.abs(values) if self.name == "bias" else values

    def goodness(self, values: np.ndarray) -> np.ndarray:
        """The values turned so that more is better."""
        return values if self.higher_is_better else -np.abs(values)


def _brier(y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    return np.column_stack([(predictions - y) ** 2, np.ones(len(y))])


def _log_loss(y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    certain = np.clip(predictions, SMALLEST, 1 - SMALLEST)
    return np.column_stack([-np.log(np.where(y == 1, certain, 1 - certain)), np.ones(len(y))])


def _calibration_bins(y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """By row: its error in the column of its bin, then a 1."""
    terms = np.zeros((len(y), BINS + 1))
    bins = np.clip((predictions * BINS).astype("int64"), 0, BINS - 1)
    terms[np.arange(len(y)), bins] = y - predictions
    terms[:, BINS] = 1
    return terms


def _absolute(y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    return np.column_stack([np.abs(predictions - y), np.ones(len(y))])


def _squared(y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    return np.column_stack([(predictions - y) ** 2, np.ones(len(y))])


def _absolute_and_size(y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    return np.column_stack([np.abs(predictions - y), np.abs(y)])


def _error_and_total(y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    return np.column_stack([predictions - y, y])


def _expected_calibration_error(sums: np.ndarray) -> np.ndarray:
    return share(np.abs(sums[:, :BINS]).sum(axis=1), sums[:, BINS])


def _mean(sums: np.ndarray) -> np.ndarray:
    return share(sums[:, 0], sums[:, 1])


def _root(sums: np.ndarray) -> np.ndarray:
    return np.sqrt(_mean(sums))


def _summed(name: Metric, terms: Terms, combine: Combine = _mean) -> Definition:
    return Definition(name, of_sums(terms, combine), of_probabilities=name in BINARY)


DEFINITIONS: tuple[Definition, ...] = (
    Definition("auc", area_under_roc),
    Definition("average_precision", average_precision),
    _summed("brier", _brier),
    _summed("log_loss", _log_loss),
    # Naeini, Cooper, Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning"
    _summed("ece", _calibration_bins, _expected_calibration_error),
    Definition("saved", None),
    _summed("mae", _absolute),
    _summed("rmse", _squared, _root),
    _summed("wape", _absolute_and_size),  # sum of |error| by sum of |label|
    _summed("bias", _error_and_total),  # sum of (prediction - label) by sum of the labels
)
METRICS: Mapping[Metric, Definition] = {definition.name: definition for definition in DEFINITIONS}


def metrics_of(task: str, stakes: Stakes | None = None) -> tuple[Metric, ...]:
    """The metrics that fit a task of kind ``binary`` or ``regression``, with or without something at stake."""
    fitting = BINARY if task == "binary" else REGRESSION
    return tuple(name for name in fitting if METRICS[name].sampled or stakes)


@dataclass(frozen=True)
class Evaluation:
    """The figures of one contender on one set of rows; NaN where undefined."""

    values: Mapping[Metric, float]
    rows: int
    label_mean: float

    def metrics(self, prefix: str) -> dict[str, float]:
        """``{prefix_auc: ...}`` without the undefined ones, and the number of rows: ready for MLflow."""
        defined = {f"{prefix}_{name}": value for name, value in self.values.items() if np.isfinite(value)}
        return defined | {f"{prefix}_rows": float(self.rows)}


def evaluate(task: str, y: np.ndarray, predictions: np.ndarray, stakes: Stakes | None = None) -> Evaluation:
    """All figures that fit `task` (binary or regression) of `predictions` against `y`, both of shape (rows,).

    Raises ValueError when lengths differ or a prediction is not finite: no figure may hide a row without one.
    """
    y, predictions = checked(y, predictions)
    values = {metric: value(metric, y, predictions, stakes) for metric in metrics_of(task, stakes)}
    return Evaluation(values, len(y), float(y.mean()) if len(y) else float("nan"))


def value(metric: Metric, y: np.ndarray, predictions: np.ndarray, stakes: Stakes | None = None) -> float:
    """One figure; NaN where it is undefined: one class only, no probability, not finite, nothing but zeros."""
    one_unit, drawn_once = np.zeros(len(y), dtype="int64"), np.ones((1, 1))
    return float(samples(metric, y, predictions, one_unit, drawn_once, stakes)[0])


def samples(
    metric: Metric,
    y: np.ndarray,
    predictions: np.ndarray,
    units: np.ndarray,
    counts: np.ndarray,
    stakes: Stakes | None = None,
) -> np.ndarray:
    """The metric on each sample (shape: samples).

    Args:
        units: the unit of each row, 0-based (shape: rows).
        counts: how often each unit is in each sample (shape: samples x units).
        stakes: what the rows are worth, for the metric ``saved``.
    """
    definition = METRICS[metric]
    if definition.sampled is None and stakes is None:
        raise ValueError(f"{metric} needs to know what the rows are worth")
    if not len(y) or not definition.is_defined_for(predictions):
        return np.full(len(counts), np.nan)
    if definition.sampled is None:
        assert stakes is not None
        return saved(stakes, y, predictions, units, counts)
    return definition.sampled(y, predictions, units, counts)


def checked(y: np.ndarray, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as floats. Raises ValueError unless there is one finite prediction per label."""
    y, predictions = np.asarray(y, dtype="float64"), np.asarray(predictions, dtype="float64")
    if y.ndim != 1 or y.shape != predictions.shape:
        raise ValueError(f"{predictions.shape} predictions for {y.shape} labels, expected one per label")
    missing = int((~np.isfinite(predictions)).sum())
    if missing:
        raise ValueError(f"{missing} of {len(predictions)} predictions are not finite; every row needs one")
    return y, predictions
