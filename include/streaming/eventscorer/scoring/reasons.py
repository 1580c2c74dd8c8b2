"""Why a score is what it is: the features that moved it most."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from .scorer import Scorer

log = logging.getLogger(__name__)
Reasons = Mapping[str, float]  # what a feature added to the raw score, the largest first


class Reasoner:
    """Gives reasons for scores that are high enough.

    Args:
        most: features of one decision.
        least: score from which a decision has reasons.
    """

    def __init__(self, scorer: Scorer, names: Sequence[str], most: int, least: float) -> None:
        self._scorer, self._names, self._most, self._least = scorer, tuple(names), most, least

    def reasons(
        self, versions: Sequence[str], matrix: np.ndarray, scores: np.ndarray
    ) -> Sequence[Reasons | None]:
        """Of each row; None below `least`, of several classes, and where its version gives none."""
        found: list[Reasons | None] = [None] * len(scores)
        if not self._most or scores.ndim != 1:
            return found
        rows: list[int] = np.flatnonzero(scores >= self._least).tolist()
        for row, parts in zip(rows, self._parts([versions[row] for row in rows], matrix[rows]), strict=True):
            found[row] = self._largest(parts)
        return found

    def _parts(self, versions: Sequence[str], matrix: np.ndarray) -> np.ndarray:
        if not versions:
            return matrix
        try:
            return self._scorer.explain(versions, matrix)
        except Exception:  # a decision without reasons is better than none
            log.warning("%d decisions have no reasons", len(versions), exc_info=True)
            return np.full(matrix.shape, np.nan, np.float32)

    def _largest(self, parts: np.ndarray) -> Reasons | None:
        """What added nothing is no reason; of equal ones the earlier feature comes first."""
        if np.isnan(parts).any():
            return None
        order = np.argsort(-np.abs(parts), kind="stable")[: self._most]
        return {self._names[at]: float(parts[at]) for at in order if parts[at] != 0}
