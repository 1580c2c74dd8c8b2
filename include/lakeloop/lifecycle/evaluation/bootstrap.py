"""How sure a figure is: the paired bootstrap over entities.

Each resample draws as many units as there are, with replacement, and every contender is judged on the same draws
(Efron, Tibshirani 1993, "An Introduction to the Bootstrap", chapters 13 and 16: percentile interval, paired data).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lakeloop.config.use_case.gate import Bootstrap, Metric
from lakeloop.lifecycle.evaluation.metrics import METRICS
from lakeloop.lifecycle.evaluation.rows import ScoredRows, Units

Verdict = Literal["better", "not distinguishable", "worse", "undefined"]
MOST_UNDEFINED = 0.05  # share of the resamples that may lack the metric, e.g. for want of a class


@dataclass(frozen=True)
class Interval:
    """A figure, and the percentile interval of its resamples; NaN where too many of them are undefined."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"


def verdict(difference: Interval, margin: float) -> Verdict:
    """What the interval of `(candidate - other)`, more being better, says about a lead of `margin`.

    "better": the whole interval lies above the margin; "worse": all of it lies below. Equal models are never better
    than one another by a margin of 0 or more.
    """
    if not np.isfinite([difference.value, difference.low, difference.high]).all():
        return "undefined"
    if difference.low > margin:
        return "better"
    return "worse" if difference.high < margin else "not distinguishable"


def draw(units: Units, bootstrap: Bootstrap) -> np.ndarray:
    """How often each unit is in each resample (shape: resamples x units); the seed decides."""
    random = np.random.default_rng(bootstrap.seed)
    shape = (bootstrap.resamples, units.count)
    drawn = random.integers(units.count, size=shape, dtype="int64")
    drawn += units.count * np.arange(bootstrap.resamples)[:, np.newaxis]
    return np.bincount(drawn.ravel(), minlength=shape[0] * shape[1]).reshape(shape).astype("float32")


def differences(
    rows: ScoredRows, metric: Metric, candidate: str, others: Sequence[str], bootstrap: Bootstrap
) -> dict[str, Interval]:
    """By other contender: how much better the candidate is on the same rows, in units of `metric`."""
    if not others:
        return {}
    goodness, counts = METRICS[metric].goodness, draw(rows.units, bootstrap)
    ours = goodness(rows.samples(metric, candidate, counts))
    intervals = {}
    for other in others:
        theirs = goodness(rows.samples(metric, other, counts))
        values = [rows.evaluations[name].values[metric] for name in (candidate, other)]
        difference = goodness(np.array(values)) @ [1.0, -1.0]
        intervals[other] = percentile_interval(float(difference), ours - theirs, bootstrap.confidence)
    return intervals


def interval(
    rows: ScoredRows, metric: Metric, contender: str, counts: np.ndarray, confidence: float
) -> Interval:
    """The contender's own figure on `rows`, with its interval over the drawn `counts`."""
    value = rows.evaluations[contender].values[metric]
    return percentile_interval(value, rows.samples(metric, contender, counts), confidence)


def percentile_interval(value: float, resampled: np.ndarray, confidence: float) -> Interval:
    """The interval that holds the share `confidence` of `resampled`; NaN where too many of those are undefined."""
    undefined = np.isnan(resampled)
    if undefined.mean() > MOST_UNDEFINED:
        return Interval(value, float("nan"), float("nan"))
    tail = (1 - confidence) / 2
    low, high = np.quantile(resampled[~undefined], [tail, 1 - tail])
    return Interval(value, float(low), float(high))
