"""Tells an event on which a version fails from a version that fails."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from ..errors import NotReadyError
from .scorer import Scorer

log = logging.getLogger(__name__)


class Scored(Struct, frozen=True):
    """The rows that could be scored.

    Args:
        versions: of each of them.
        scores: [rows] or [rows, classes].
        failed: why the others could not be, by their place among all rows.
    """

    versions: Sequence[str]
    scores: np.ndarray
    failed: Mapping[int, str]


class Isolating:
    """Scores at once, and row by row where that fails.

    A row is at fault where its version still scores the row that was scored last; or else the version is.
    """

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._good: np.ndarray | None = None

    def score(self, keys: Sequence[str], matrix: np.ndarray) -> Scored:
        """Scores of all rows that can be scored. Raises NotReadyError: no version takes traffic, or it fails."""
        if not len(keys):
            return Scored([], np.empty(0, np.float32), {})
        try:
            versions, scores = self._scorer.score(keys, matrix)
        except NotReadyError:
            raise
        except Exception:  # whatever a model raises: one event must not stop the others
            log.warning("a batch could not be scored at once", exc_info=True)
            return self._one_by_one(keys, matrix)
        self._good = matrix[-1:].copy()
        return Scored(versions, scores, {})

    def _one_by_one(self, keys: Sequence[str], matrix: np.ndarray) -> Scored:
        failed: dict[int, str] = {}
        versions: list[str] = []
        scores: list[np.ndarray] = []
        for row, key in enumerate(keys):
            try:
                version, score = self._scorer.score([key], matrix[row : row + 1])
            except NotReadyError:
                raise
            except Exception as error:
                self._require_sane(key, matrix.shape[1], error)
                failed[row] = f"{type(error).__name__}: {error}"
            else:
                versions += version
                scores.append(score)
        return Scored(versions, np.concatenate(scores) if scores else np.empty(0, np.float32), failed)

    def _require_sane(self, key: str, columns: int, why: Exception) -> None:
        known = self._good if self._good is not None else np.full((1, columns), np.nan, np.float32)
        try:
            self._scorer.score([key], known)
        except Exception as error:
            raise NotReadyError(f"the version of key {key!r} scores nothing: {why}") from error
