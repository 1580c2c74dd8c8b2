"""Fairlearn's figures of disparity, for many resamples of entities at once.

Fairlearn's own bootstrap draws rows, as if the many rows of one person were strangers; here entities are drawn, as
everywhere in the gate. The figures are those of `fairlearn.metrics`, which a test compares them with.
"""

from collections.abc import Mapping

import numpy as np

from lakeloop.lifecycle.evaluation.sums import share

PER_GROUP = 5  # sums that each group has: rows, selected, positives, true positives, false positives


def disparities(
    y: np.ndarray, decided: np.ndarray, groups: np.ndarray, units: np.ndarray, counts: np.ndarray
) -> Mapping[str, np.ndarray]:
    """By Fairlearn's name, the disparity among the groups on each sample (shape: samples).

    NaN where a group has no row in the sample, or lacks the class that a rate is of.

    Args:
        y, decided: labels and decisions, 0 or 1 (shape: rows).
        groups, units: group and entity of each row, 0-based (shape: rows).
        counts: how often each entity is in each sample (shape: samples x units).
    """
    sums = counts @ _by_unit(y, decided, groups, units, counts.shape[1])
    rows, selected, positives, hits, alarms = (sums[:, n::PER_GROUP] for n in range(PER_GROUP))
    rate, tpr, fpr = _rates(selected, rows), _rates(hits, positives), _rates(alarms, rows - positives)
    return {
        "demographic_parity_difference": np.ptp(rate, axis=1),
        "demographic_parity_ratio": share(rate.min(axis=1), rate.max(axis=1)),
        "equalized_odds_difference": np.maximum(np.ptp(tpr, axis=1), np.ptp(fpr, axis=1)),
    }


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
