"""Reason codes on request: the few features that moved a prediction most, and what each added to the raw score."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from ..errors import RefusedError, shown
from .outputs import CONTRIBUTIONS, REASONS, OutputTensor


class Explainable(Protocol):
    """What is asked for reasons: a version."""

    @property
    def number(self) -> str: ...

    @property
    def silent(self) -> str:
        """Why it gives no reasons; empty where it does."""

    @property
    def width(self) -> int:
        """How many features it has."""


def asked_reasons(parameters: Mapping[str, object], version: Explainable) -> int:
    """How many reasons a row is asked for, 0 for none. Raises RefusedError (400) naming the parameter."""
    asked = parameters.get(REASONS)
    if asked is None:
        return 0
    if isinstance(asked, bool) or not isinstance(asked, int) or not 1 <= asked <= version.width:
        expected = f"a whole number from 1 to {version.width}, the features of version {version.number}"
        raise RefusedError(400, f"parameters.{REASONS}: {shown(asked)}, expected {expected}")
    if version.silent:
        said = f"version {version.number} gives no reasons, because {version.silent}"
        raise RefusedError(400, f"parameters.{REASONS}: {said}; expected a request without it")
    return asked


def reason_outputs(contributions: np.ndarray, names: tuple[str, ...], most: int) -> list[OutputTensor]:
    """Of each row the `most` largest contributions, by size, largest first; of equal ones the earlier column first.

    A feature that added nothing is no reason: its place has an empty name and the contribution 0.

    Args:
        contributions: float32 [rows, features], positive where a feature raises the prediction.
    Returns:
        ``reasons`` BYTES [rows, most] and ``contributions`` FP32 [rows, most].
    """
    order = np.argsort(-np.abs(contributions), axis=1, kind="stable")[:, :most]
    added = np.take_along_axis(contributions, order, axis=1)
    named = np.where(added == 0, "", np.array(names, dtype=object)[order])
    return [
        OutputTensor(REASONS, named.shape, "BYTES", named.ravel().tolist()),
        OutputTensor(CONTRIBUTIONS, added.shape, "FP32", added),
    ]
