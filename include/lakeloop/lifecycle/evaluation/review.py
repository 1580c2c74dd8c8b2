"""What a model is worth where people review the rows that it puts first: the metric ``saved``.

Of each sample the share `budget` with the highest predictions is reviewed. A review costs `cost`, and saves the amount
of a row whose label is 1. The metric is the sum of both as a share of all that could be saved: 1 is everything for
nothing, 0 what nobody's reviews give, below 0 reviews that cost more than they save. It is the savings of Bahnsen,
Aouada, Stojanovic, Ottersten (2016), "Feature engineering strategies for credit card fraud detection", section 2.3, at
a threshold that the budget sets. Of rows with one prediction at the budget's edge, a share is reviewed.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lakeloop.lifecycle.evaluation.ranks import blocks
from lakeloop.lifecycle.evaluation.sums import share
from lakeloop.lifecycle.features import require_columns

if TYPE_CHECKING:  # metrics go to workers by value, which have no pydantic
    from lakeloop.config import LabelledUseCase
    from lakeloop.config.use_case.gate import Review


@dataclass(frozen=True)
class Stakes:
    """What each row is worth (shape: rows), in the unit of the review's cost."""

    amounts: np.ndarray
    review: "Review"

    def part(self, chosen: np.ndarray) -> "Stakes":
        """Of the rows where `chosen` is true."""
        return Stakes(self.amounts[chosen], self.review)


def stakes_of(use_case: "LabelledUseCase", frame: pd.DataFrame) -> Stakes | None:
    """What the rows of `frame` are worth; None where the use case has no `gate.review`. Raises MissingColumnError."""
    review = use_case.gate.review
    if review is None:
        return None
    require_columns(use_case.gold("training_set"), frame.columns, [review.amount])
    return Stakes(frame[review.amount].to_numpy("float64"), review)


def saved(
    stakes: Stakes, y: np.ndarray, predictions: np.ndarray, units: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """The metric on each sample (shape: samples); NaN where nothing could be saved. See :mod:`metrics`."""
    order = np.argsort(-predictions, kind="stable")
    firsts = np.flatnonzero(
        np.diff(predictions[order], prepend=np.nan) != 0
    )  # of each group of equal predictions
    worth, review = (y * stakes.amounts)[order], stakes.review
    parts = []
    for block in blocks(counts, len(y)):
        weights = block[units[order]]
        rows = np.add.reduceat(weights, firsts, axis=0)
        gains = np.add.reduceat(weights * worth[:, None], firsts, axis=0)
        left = review.budget * rows.sum(axis=0) - (np.cumsum(rows, axis=0) - rows)
        reviewed = np.clip(np.divide(left, rows, out=np.zeros_like(left), where=rows > 0), 0.0, 1.0)
        net = (reviewed * gains).sum(axis=0) - review.cost * (reviewed * rows).sum(axis=0)
        parts.append(share(net, gains.sum(axis=0)))
    return np.concatenate(parts)
