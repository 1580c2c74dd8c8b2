"""The values of one tensor, checked against its shape."""

from math import prod
from typing import Any

from ..errors import RefusedError, shown
from .datatypes import DATATYPES, DECODERS, UINT64_MAX
from .requests import InputTensor, decoded

_SPACE = b" \t\r\n"


def flat_values(tensor: InputTensor, place: str, missing: bool) -> list[Any]:
    """The values in row-major order: Python numbers or booleans, None where `missing` is allowed and data has null.

    Raises RefusedError (400) when the datatype is none of the protocol's, or data does not fit datatype or shape.
    """
    if tensor.datatype not in DATATYPES:
        expected = ", ".join(sorted(DATATYPES))
        raise RefusedError(400, f"{place}.datatype: {shown(tensor.datatype)}, expected one of {expected}")
    raw = bytes(tensor.data)
    nested = raw[1:].lstrip(_SPACE)[:1] == b"["
    decoder = DECODERS[tensor.datatype, nested, missing]
    values = decoded(decoder, raw, f"{place}.data")
    if nested:
        values = _flattened(tensor, values, place)
    _check_count(tensor, values, place)
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


def _check_count(tensor: InputTensor, values: list[Any], place: str) -> None:
    expected = prod(tensor.shape)
    if len(values) != expected:
        said = f"{len(values)} values, expected {expected} by shape {shown(tensor.shape)}"
        raise RefusedError(400, f"{place}.data: {said}")
    if tensor.datatype == "UINT64" and values and max(values) > UINT64_MAX:
        raise RefusedError(400, f"{place}.data: a value beyond UINT64, expected at most {UINT64_MAX}")
