"""The seam to whatever scores."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class Scorer(Protocol):
    """Scores a whole batch at once."""

    def columns(self) -> Sequence[str]:
        """Of the model, in the order of the matrix. Raises NotReadyError where no version takes traffic."""

    def score(self, keys: Sequence[str], matrix: np.ndarray) -> tuple[Sequence[str], np.ndarray]:
        """The version that answered for each row, and its scores, [rows] or [rows, classes].

        Args:
            keys: of the rows' entities, so that a key can stay with one version.
            matrix: float32, [rows, columns], NaN where a value is missing.

        Raises:
            NotReadyError: no version takes traffic.
        """

    def explain(self, versions: Sequence[str], matrix: np.ndarray) -> np.ndarray:
        """What each feature adds to the raw score of rows by their versions: float32 [rows, columns], NaN: unknown."""

    def shadows(self, matrix: np.ndarray, answers: np.ndarray) -> dict[str, np.ndarray]:
        """What versions that do not answer say of the rows, by version; `answers` are the scores that were given."""
