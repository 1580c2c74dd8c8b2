"""Published rows as bytes."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ..errors import shown
from .store import Published

PLAIN = (bool, int, float, str, type(None))
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(dict[str, Any])


def packed(table: str, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, bytes]:
    """The bytes of rows by key. Raises ValueError for a value that is no number, string, boolean or None."""
    for key, row in rows.items():
        for column, value in row.items():
            if not isinstance(value, PLAIN):
                raise ValueError(
                    f"{table} {key}: column {column} is {shown(value)} of type {type(value).__name__}, "
                    "expected a number, a string, a boolean or None"
                )
    return {key: _ENCODER.encode(dict(row)) for key, row in rows.items()}


def unpacked(content: bytes, as_of: int) -> Published:
    """The row of bytes."""
    return Published(_DECODER.decode(content), as_of)
