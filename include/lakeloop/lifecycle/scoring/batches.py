"""A batch of Arrow's as a model takes it. An infinite value means "not known", as in training, and is missing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def matrix_of(batch: Any, features: Sequence[str]) -> np.ndarray:
    """Float32 [rows, features] with NaN for what is not known, without a detour over pandas.

    Raises ValueError naming a feature and a number that single precision cannot hold.
    """
    matrix = np.empty((batch.num_rows, len(features)), dtype=np.float32)
    with np.errstate(over="ignore"):  # asked for below
        for at, name in enumerate(features):
            matrix[:, at] = _numbers(batch, name)
    if np.isinf(matrix).any():
        _require_single_precision(batch, features, matrix)
        matrix[np.isinf(matrix)] = np.nan
    return matrix


def frame_of(batch: Any, features: Sequence[str]) -> pd.DataFrame:
    """The same as a DataFrame of float64."""
    values = {name: _numbers(batch, name) for name in features}
    return pd.DataFrame(values, columns=list(features)).replace([np.inf, -np.inf], np.nan)


def _numbers(batch: Any, name: str) -> np.ndarray:
    """Float64 [rows]; Arrow itself makes NaN of null."""
    numbers: np.ndarray = batch.column(name).to_numpy(zero_copy_only=False)
    return numbers if numbers.dtype.kind == "f" else numbers.astype(np.float64)


def _require_single_precision(batch: Any, features: Sequence[str], matrix: np.ndarray) -> None:
    for at in np.flatnonzero(np.isinf(matrix).any(axis=0)).tolist():
        numbers = _numbers(batch, features[at])
        beyond = numbers[np.isinf(matrix[:, at]) & np.isfinite(numbers)]
        if len(beyond):
            raise ValueError(f"feature {features[at]} is {beyond[0]:g}, which single precision cannot hold")
