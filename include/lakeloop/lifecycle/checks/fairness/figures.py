"""Fairlearn's figures of disparity, for many resamples of entities at once.

Fairlearn's own bootstrap draws rows, as if the many rows of one person were strangers; here entities are drawn, as
everywhere in the gate. The figures are those of `fairlearn.metrics`, which a test compares them with.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lakeloop.lifecycle.evaluation.bootstrap import Interval, widest_gap
from lakeloop.lifecycle.evaluation.sums import share, summed

PER_GROUP = 5  # sums that each group has: rows, selected, positives, true positives, false positives


@dataclass(frozen=True)
class Rates:
    """Of each group on each sample (shape: samples x groups): share of yes, of yes among 1 and of yes among 0.

    NaN where a group has no row in the sample, or lacks the class that a rate is of.
    """

    selected: np.ndarray
    true_positive: np.ndarray
    false_positive: np.ndarray

    def disparities(self) -> Mapping[str, np.ndarray]:
        """By Fairlearn's name, the disparity among the groups on each sample (shape: samples)."""
        return {
            "demographic_parity_difference": np.ptp(self.selected, axis=1),
            "demographic_parity_ratio": share(self.selected.min(axis=1), self.selected.max(axis=1)),
            "equalized_odds_difference": np.maximum(
                np.ptp(self.true_positive, axis=1), np.ptp(self.false_positive, axis=1)
            ),
        }


def rates(
    y: np.ndarray, decided: np.ndarray, groups: np.ndarray, units: np.ndarray, counts: np.ndarray
) -> Rates:
    """The rates on each sample.

    Args:
        y, decided: labels and decisions, 0 or 1 (shape: rows).
        groups, units: group and entity of each row, 0-based (shape: rows).
        counts: how often each entity is in each sample (shape: samples x units).
    """
    sums = summed(counts, _by_unit(y, decided, groups, units, counts.shape[1]))
    rows, selected, positives, hits, alarms = (sums[:, n::PER_GROUP] for n in range(PER_GROUP))
    return Rates(_rates(selected, rows), _rates(hits, positives), _rates(alarms, rows - positives))


def interval_of(name: str, found: Rates, resampled: Rates, confidence: float) -> Interval:
    """The disparity of Fairlearn's `name`, with an interval that allows for looking at all pairs of groups.

    Args:
        found: the rates of all rows, one sample.

    See :func:`widest_gap`; a ratio is a difference of logarithms, and undefined where nobody of a group is selected.
    """
    if name == "equalized_odds_difference":
        families = [
            (found.true_positive[0], resampled.true_positive),
            (found.false_positive[0], resampled.false_positive),
        ]
        return widest_gap(families, confidence)
    if name == "demographic_parity_difference":
        return widest_gap([(found.selected[0], resampled.selected)], confidence)
    logarithms = [_logarithm(each.selected) for each in (found, resampled)]
    apart = widest_gap([(logarithms[0][0], logarithms[1])], confidence)
    value = float(found.disparities()[name][0])
    return Interval(value, float(np.exp(-apart.high)), float(np.exp(-apart.low)))


def _logarithm(shares: np.ndarray) -> np.ndarray:
    return np.log(shares, out=np.full(shares.shape, np.nan), where=shares > 0)


def _rates(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return share(part.ravel(), whole.ravel()).reshape(part.shape)


def _by_unit(
    y: np.ndarray, decided: np.ndarray, groups: np.ndarray, units: np.ndarray, count: int
) -> np.ndarray:
    """Each unit's five sums in the columns of each group (shape: units x 5 groups)."""
    number = int(groups.max()) + 1
    places = units * number + groups
    terms = (np.ones(len(y)), decided, y, decided * y, decided * (1 - y))
    sums = [np.bincount(places, term, minlength=count * number) for term in terms]
    return np.stack(sums, axis=1).reshape(count, number * PER_GROUP)
