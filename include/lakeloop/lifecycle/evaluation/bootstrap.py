"""How sure a figure is: the paired bootstrap over entities.

Each resample draws as many units as there are, with replacement, and every contender is judged on the same draws
(Efron, Tibshirani 1993, "An Introduction to the Bootstrap", chapters 13 and 16: percentile interval, paired data).

A sum of sizes (a calibration error, an absolute bias) grows with noise, and each resample adds noise to that of the
rows: a percentile interval lies wholly above the truth. Such a figure has the basic interval, which takes the same
excess off again (Davison, Hinkley 1997, "Bootstrap Methods and their Application", section 5.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lakeloop.config.use_case.gate import Bootstrap, Metric
from lakeloop.lifecycle.evaluation.metrics import METRICS
from lakeloop.lifecycle.evaluation.rows import ScoredRows, Units

Verdict = Literal["better", "not distinguishable", "worse", "undefined"]
# a comparison takes their absolute value, and noise makes it larger
SIZES: tuple[Metric, ...] = ("ece", "bias")
MOST_UNDEFINED = 0.05  # share of the resamples that may lack the metric, e.g. for want of a class


@dataclass(frozen=True)
class Interval:
    """A figure, and the interval that its resamples give; NaN where too many of them are undefined.

    Of a figure that noise makes larger (a calibration error, a disparity) the interval may lie below it.
    """

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
    counts = np.empty((bootstrap.resamples, units.count), dtype="float32")
    for (
        resample
    ) in counts:  # one after the other: all draws at once would take five times the memory of the counts
        drawn = random.integers(units.count, size=units.count, dtype="int64")
        resample[:] = np.bincount(drawn, minlength=units.count)
    return counts


def differences(
    rows: ScoredRows, metric: Metric, candidate: str, others: Sequence[str], bootstrap: Bootstrap
) -> dict[str, Interval]:
    """By other contender: how much better the candidate is on the same rows, in units of `metric`."""
    if not others:
        return {}
    goodness, counts = METRICS[metric].goodness, draw(rows.units, bootstrap)
    interval_of = basic_interval if metric in SIZES else percentile_interval
    ours = goodness(rows.samples(metric, candidate, counts))
    intervals = {}
    for other in others:
        theirs = goodness(rows.samples(metric, other, counts))
        values = [rows.evaluations[name].values[metric] for name in (candidate, other)]
        difference = goodness(np.array(values)) @ [1.0, -1.0]
        intervals[other] = interval_of(float(difference), ours - theirs, bootstrap.confidence)
    return intervals


def interval(
    rows: ScoredRows, metric: Metric, contender: str, counts: np.ndarray, confidence: float
) -> Interval:
    """The contender's own figure on `rows`, with its interval over the drawn `counts`."""
    value, resampled = rows.evaluations[contender].values[metric], rows.samples(metric, contender, counts)
    if metric != "ece":
        return percentile_interval(value, resampled, confidence)
    found = basic_interval(value, resampled, confidence)
    return Interval(value, *np.maximum([found.low, found.high], 0.0).tolist())  # NaN stays NaN


def percentile_interval(value: float, resampled: np.ndarray, confidence: float) -> Interval:
    """The interval that holds the share `confidence` of `resampled`; NaN where too many of those are undefined."""
    undefined = np.isnan(resampled)
    if undefined.mean() > MOST_UNDEFINED:
        return Interval(value, float("nan"), float("nan"))
    tail = (1 - confidence) / 2
    low, high = np.quantile(resampled[~undefined], [tail, 1 - tail])
    return Interval(value, float(low), float(high))


def basic_interval(value: float, resampled: np.ndarray, confidence: float) -> Interval:
    """The percentile interval mirrored at `value`: what resamples lie above it counts as excess of `value` too."""
    found = percentile_interval(value, resampled, confidence)
    return Interval(value, 2 * value - found.high, 2 * value - found.low)


def widest_gap(families: Sequence[tuple[np.ndarray, np.ndarray]], confidence: float) -> Interval:
    """The largest difference between two groups, with an interval that allows for looking at all pairs.

    The largest of many differences is never negative and grows with noise and with the number of groups. So each pair
    has an interval of its own, all of them as wide in standard errors as makes all true together with `confidence`,
    and the ends are the largest of theirs: Romano, Wolf (2005), "Stepwise multiple testing as formalized data
    snooping", Econometrica 73, the studentized single step; Tukey's range test is its special case. Gaps that are all
    within a limit are called beyond it at most with probability ``1 - confidence``.

    Args:
        families: rates of the groups (shape: groups) and of each resample (shape: samples x groups); pairs are made
            within a family.
    """
    value = float(np.max([np.ptp(rates) for rates, _ in families]))  # NaN when one of them is
    undefined = np.any([np.isnan(drawn).any(axis=1) for _, drawn in families], axis=0)
    if np.isnan(value) or undefined.mean() > MOST_UNDEFINED:
        return Interval(value, float("nan"), float("nan"))
    pairs = [_pairs(rates, drawn[~undefined]) for rates, drawn in families]
    gaps, errors = (np.concatenate([pair[place] for pair in pairs]) for place in (0, 1))
    width = np.quantile(np.max([pair[2] for pair in pairs], axis=0), confidence) * errors
    return Interval(value, max(0.0, float((gaps - width).max())), float((gaps + width).max()))


def _pairs(rates: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sizes of the gaps, their standard errors (shape: pairs), and by how many of those a resample is off at most."""
    gaps, errors, most = [], [], np.zeros(len(drawn))
    for first in range(len(rates) - 1):  # one group after another: all pairs of all resamples would not fit
        gap = rates[first] - rates[first + 1 :]
        apart = drawn[:, [first]] - drawn[:, first + 1 :] - gap
        error = np.sqrt((apart**2).mean(axis=0))
        off = np.divide(np.abs(apart), error, out=np.zeros_like(apart), where=error > 0)
        most = np.maximum(most, off.max(axis=1))
        gaps.append(np.abs(gap))
        errors.append(error)
    return np.concatenate(gaps), np.concatenate(errors), most
