"""The engine of a version: how it scores, and how it explains a score."""

from collections.abc import Callable

import numpy as np
from msgspec import Struct

Score = Callable[[np.ndarray], np.ndarray]
Explain = Callable[[np.ndarray], np.ndarray]


class Engine(Struct, frozen=True):
    """`score` and `explain` take float32 [rows, features] and may be called from several threads at once.

    Args:
        platform: as the model's metadata tells it.
        score: gives float32 [rows] or [rows, classes].
        explain: gives float32 [rows, features], what each feature adds to the raw score; None where `silent` says why.
        classes: of [rows, classes]; None for [rows].
    """

    platform: str
    score: Score
    explain: Explain | None
    silent: str
    classes: int | None
