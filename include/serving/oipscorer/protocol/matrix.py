"""From the tensors of a request to the float32 matrix [rows, features] that a model scores."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import RefusedError, shown
from .datatypes import FLOATS
from .features import Features
from .tensors import Tensor, Values, flat_values

MATRIX_NAME = "input-0"  # as MLServer's NumpyRequestCodec calls its only tensor


def matrix_of(inputs: Sequence[Tensor], features: Features) -> np.ndarray:
    """All rows of a request, float32 [rows, features], contiguous. Raises RefusedError (400) that names the field.

    Args:
        inputs: one FP32 or FP64 tensor ``input-0`` of shape [rows, features], or a tensor of shape [rows] or
            [rows, 1] for each column.
    """
    if len(inputs) == 1 and inputs[0].name == MATRIX_NAME and MATRIX_NAME not in features.position:
        values, rows = _whole(inputs[0], features)
        matrix = _float32(values).reshape(rows, len(features.names))
    else:
        columns, rows = _columns(inputs, features)
        # one conversion for all columns; a single row needs no turning
        matrix = np.ascontiguousarray(_float32(columns).reshape(len(columns), rows).T)
    if not np.isfinite(matrix).all():
        _check_finite(matrix, features)
    return matrix


def _float32(values: Values) -> np.ndarray:
    with np.errstate(over="ignore"):  # what became infinite is refused by name
        return np.array(values, dtype=np.float32)


def _whole(tensor: Tensor, features: Features) -> tuple[Values, int]:
    if tensor.datatype not in FLOATS:
        raise RefusedError(400, f"inputs[0].datatype: {shown(tensor.datatype)}, expected FP32 or FP64")
    shape, width = tensor.shape, len(features.names)
    if len(shape) != 2 or shape[0] < 1 or shape[1] != width:
        raise RefusedError(
            400, f"inputs[0].shape: {shown(shape)}, expected [rows, {width}] with 1 row or more"
        )
    return flat_values(tensor, "inputs[0]", features.missing), shape[0]


def _columns(inputs: Sequence[Tensor], features: Features) -> tuple[list[Values], int]:
    columns: list[Any] = [None] * len(features.names)
    rows = 0
    for number, tensor in enumerate(inputs):
        place = f"inputs[{number}]"
        at = _position(tensor, place, features)
        if columns[at] is not None:
            raise RefusedError(400, f"{place}.name: {shown(tensor.name)} comes twice, expected once")
        rows = _rows(tensor, place, rows)
        columns[at] = flat_values(tensor, place, features.missing)
    _check_complete(columns, features)
    return columns, rows


def _position(tensor: Tensor, place: str, features: Features) -> int:
    at = features.position.get(tensor.name)
    if at is None:
        expected = f"a feature of the model ({_few(features.names)}), or {MATRIX_NAME!r} for all of them"
        raise RefusedError(400, f"{place}.name: {shown(tensor.name)}, expected {expected}")
    column = features.columns[at]
    if tensor.datatype not in column.accepted:
        expected = ", ".join(sorted(column.accepted))
        said = f"{shown(tensor.datatype)} for {column.name!r}, expected {expected}"
        raise RefusedError(400, f"{place}.datatype: {said}")
    return at


def _rows(tensor: Tensor, place: str, before: int) -> int:
    shape = tensor.shape
    if len(shape) not in (1, 2) or shape[0] < 1 or shape[1:] not in ([], [1]):
        raise RefusedError(
            400, f"{place}.shape: {shown(shape)}, expected [rows] or [rows, 1] with 1 row or more"
        )
    if before and shape[0] != before:
        raise RefusedError(400, f"{place}.shape: {shown(shape)}, expected {before} rows as in inputs[0]")
    return shape[0]


def _check_complete(columns: list[Any], features: Features) -> None:
    absent = [name for name, column in zip(features.names, columns, strict=True) if column is None]
    if absent:
        raise RefusedError(400, f"inputs: {_few(absent)} missing, expected a tensor for each feature")


def _check_finite(matrix: np.ndarray, features: Features) -> None:
    """What is not finite may be a missing value, never a number beyond float32."""
    for row, column in np.argwhere(np.isinf(matrix))[:1]:
        said = f"infinity or a value beyond float32 in row {row}, expected at most 3.4e38 in size"
        raise RefusedError(400, f"inputs: {features.names[column]!r} has {said}")


def _few(names: Any) -> str:
    shown = ", ".join(repr(name) for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
