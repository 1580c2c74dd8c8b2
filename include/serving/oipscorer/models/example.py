"""The input example that MLflow saved with a model, and what the model said about it right after training."""

import json
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from ..errors import UnusableModelError
from ..protocol.features import Feature
from .mlmodel import MLmodel, inside

ANSWERS = "example_answers"  # in MLmodel's metadata: MLflow itself records no predictions
Cell = float | int | bool | None


class SplitFrame(Struct):
    """pandas' orient ``split``."""

    columns: list[str]
    data: list[list[Cell]]


def example_of(folder: Path, mlmodel: MLmodel, columns: tuple[Feature, ...]) -> np.ndarray:
    """The example's rows, float32 [rows, features] in the signature's order. Raises UnusableModelError."""
    info = mlmodel.saved_input_example_info
    if info is None or info.type != "dataframe" or info.pandas_orient != "split":
        raise UnusableModelError(
            "the model has no input example of a DataFrame to be verified by; log it with one"
        )
    frame = _frame(inside(folder, info.artifact_path))
    if frame.columns != [column.name for column in columns] or not frame.data:
        raise UnusableModelError(
            f"the input example has columns {frame.columns}, expected the signature's and a row"
        )
    return np.array(frame.data, dtype=np.float32)


def _frame(file: Path) -> SplitFrame:
    try:
        # MLflow writes a missing value as NaN, which is no JSON, but which Python's own reader takes
        frame = msgspec.convert(json.loads(file.read_bytes()), type=SplitFrame)
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors, too
        raise UnusableModelError(f"{file.name} cannot be read: {error}") from None
    if any(len(row) != len(frame.columns) for row in frame.data):
        raise UnusableModelError(f"{file.name} has rows that are not {len(frame.columns)} values long")
    return frame


def answers_of(mlmodel: MLmodel) -> np.ndarray:
    """The recorded predictions, [rows] or [rows, classes]. Raises UnusableModelError when there are none."""
    recorded = (mlmodel.metadata or {}).get(ANSWERS)
    if recorded is None:
        said = f"metadata.{ANSWERS} of MLmodel is missing: there are no recorded predictions to verify the model by"
        raise UnusableModelError(said)
    try:
        return np.array(recorded, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UnusableModelError(f"metadata.{ANSWERS} of MLmodel is no list of numbers: {error}") from None
