"""The largest of many scores."""

import numpy as np


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """Places of the k largest, largest first; of equal ones the smaller place first. None of the scores may be NaN.

    The same as the first k of a stable sort, without sorting all.
    """
    if k >= len(scores):
        return np.argsort(-scores, kind="stable")
    least = np.partition(scores, len(scores) - k)[len(scores) - k] if k > 0 else np.inf
    places = np.flatnonzero(scores >= least)
    return places[np.argsort(-scores[places], kind="stable")][: max(k, 0)]
