"""A record of the log."""

import numpy as np
from msgspec import Struct
from msgspec.json import Encoder

from ..models.version import Version

encode = Encoder().encode


class Scored(Struct, frozen=True):
    """An inference as it was answered.

    at: when the answer was given, seconds since 1970.
    latency: seconds from the headers to the end of the answer.
    matrix, scores: float32 [rows, features], and [rows] or [rows, classes].
    """

    at: float
    latency: float
    version: Version
    request: str | None
    key: str | int | None
    matrix: np.ndarray
    scores: np.ndarray

    def encoded(self) -> bytes:
        """A line of JSON. A feature that was missing is null; what is float32 has the digits of float32."""
        record = {
            "time": self.at,
            "model": self.version.name,
            "version": self.version.number,
            "id": self.request,
            "sticky_key": self.key,
            "latency_seconds": round(self.latency, 6),
            "columns": self.version.features.names,
            "rows": _shortest(self.matrix),
            "scores": _shortest(self.scores),
        }
        return encode(record) + b"\n"


def _shortest(values: np.ndarray) -> list[object]:
    """Lists of the shortest numbers that are the same float32."""
    return values.astype("U").astype("float64").tolist()
