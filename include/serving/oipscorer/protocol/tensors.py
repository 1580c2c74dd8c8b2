"""The values of one tensor, checked against its datatype and shape, in whichever form they came."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from msgspec import Struct

from ..errors import RefusedError, shown
from .datatypes import DATATYPES, DECODERS, FLOATS, INTEGERS, NUMPY, UINT64_MAX
from .requests import InputTensor, decoded

_SPACE = b" \t\r\n"


class BinaryTensor(Struct, frozen=True):
    """Values as the machine has them, little endian, a BOOL a byte."""

    name: str
    shape: list[int]
    datatype: str
    data: memoryview


class TypedTensor(Struct, frozen=True):
    """Values as gRPC's typed contents have them: `data` is any sequence of numbers."""

    name: str
    shape: list[int]
    datatype: str
    data: Sequence[Any]


Tensor = InputTensor | BinaryTensor | TypedTensor
Values = list[Any] | np.ndarray


def flat_values(tensor: Tensor, place: str, missing: bool) -> Values:
    """The values in row-major order: numbers or booleans; where `missing` is allowed, None or NaN stands for one.

    Raises RefusedError (400) when the datatype is none of the protocol's, or data does not fit datatype or shape.
    """
    if tensor.datatype not in DATATYPES:
        expected = ", ".join(sorted(DATATYPES))
        raise RefusedError(400, f"{place}.datatype: {shown(tensor.datatype)}, expected one of {expected}")
    if isinstance(tensor, InputTensor):
        return _from_json(tensor, place, missing)
    values = _from_bytes(tensor, place) if isinstance(tensor, BinaryTensor) else _from_numbers(tensor, place)
    if tensor.datatype in FLOATS and not missing and np.isnan(values).any():
        at = int(np.argmax(np.isnan(values)))
        raise RefusedError(400, f"{place}: NaN at {at}, expected a number; missing values are not allowed")
    return values


def _from_bytes(tensor: BinaryTensor, place: str) -> np.ndarray:
    kind = NUMPY[tensor.datatype]
    expected = prod(tensor.shape) * kind.itemsize
    if len(tensor.data) != expected:
        said = f"{len(tensor.data)} bytes, expected {expected} by shape {shown(tensor.shape)} of {tensor.datatype}"
        raise RefusedError(400, f"{place}: {said}")
    values = np.frombuffer(tensor.data, kind)
    if tensor.datatype == "BOOL" and values.size and values.max() > 1:
        raise RefusedError(400, f"{place}: a byte of {int(values.max())} for BOOL, expected 0 or 1")
    return values


def _from_numbers(tensor: TypedTensor, place: str) -> np.ndarray:
    _check_count(tensor, tensor.data, f"{place}.contents")
    kind = NUMPY[tensor.datatype]
    if tensor.datatype in INTEGERS:  # the small ones come in the fields of 32 bits
        low, high = np.iinfo(kind).min, np.iinfo(kind).max
        for number, value in enumerate(tensor.data):
            if not low <= value <= high:
                said = f"{value}, expected {low} to {high} for {tensor.datatype}"
                raise RefusedError(400, f"{place}.contents[{number}]: {said}")
    return np.array(tensor.data, dtype=kind)


def _from_json(tensor: InputTensor, place: str, missing: bool) -> list[Any]:
    raw = bytes(tensor.data)
    if not raw:
        raise RefusedError(400, f"{place}.data: missing, expected a list of values")
    nested = raw[1:].lstrip(_SPACE)[:1] == b"["
    decoder = DECODERS[tensor.datatype, nested, missing]
    values = decoded(decoder, raw, f"{place}.data")
    if nested:
        values = _flattened(tensor, values, place)
    _check_count(tensor, values, f"{place}.data")
    if tensor.datatype == "UINT64" and values and max(values) > UINT64_MAX:
        raise RefusedError(400, f"{place}.data: a value beyond UINT64, expected at most {UINT64_MAX}")
    return values


def _flattened(tensor: InputTensor, rows: list[list[Any]], place: str) -> list[Any]:
    if len(tensor.shape) != 2:
        raise RefusedError(
            400, f"{place}.data: rows in a list each, expected a flat list by shape {shown(tensor.shape)}"
        )
    width = tensor.shape[1]
    for number, row in enumerate(rows):
        if len(row) != width:
            said = f"has {len(row)} values, expected {width} by shape {shown(tensor.shape)}"
            raise RefusedError(400, f"{place}.data[{number}]: {said}")
    if len(rows) != tensor.shape[0]:
        said = f"{len(rows)} rows, expected {tensor.shape[0]} by shape {shown(tensor.shape)}"
        raise RefusedError(400, f"{place}.data: {said}")
    return [value for row in rows for value in row]


def _check_count(tensor: Tensor, values: Sequence[Any], place: str) -> None:
    expected = prod(tensor.shape)
    if len(values) != expected:
        said = f"{len(values)} values, expected {expected} by shape {shown(tensor.shape)}"
        raise RefusedError(400, f"{place}: {said}")
