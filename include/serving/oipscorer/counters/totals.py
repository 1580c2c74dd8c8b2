"""Sums over the processes of a server."""

from pathlib import Path

import numpy as np
from msgspec import Struct

from .board import BYTES, PROCESS
from .layout import SHADOW_APART, SHADOW_DROPPED, SHADOW_FAILED, SHADOW_ROWS, SHADOW_SCORED, SIZE


class Totals(Struct, frozen=True):
    """Float64 [SIZE] of all processes, and by name and number of a version."""

    process: np.ndarray
    versions: dict[tuple[str, str], np.ndarray]


class ShadowCounts(Struct, frozen=True):
    """Requests of one shadow; `difference` is the mean over rows of |shadow - answer|, where both have one shape."""

    scored: int
    dropped: int
    failed: int
    rows: int
    difference: float


def totals(counters: Path) -> Totals:
    """What all processes, below whose folder each has its own, have counted."""
    summed = Totals(np.zeros(SIZE), {})
    for file in sorted(counters.glob("*/*")):
        values = _read(file)
        if file.name == PROCESS:
            np.add(summed.process, values, out=summed.process)
        else:
            name, number = file.name.split("@")[1:]
            summed.versions[name, number] = summed.versions.get((name, number), 0) + values
    return summed


def shadow_counts(summed: Totals, name: str, number: str) -> ShadowCounts:
    """What became of the requests of one shadow since the server started."""
    values = summed.versions.get((name, number), np.zeros(SIZE))
    scored, dropped, failed, rows = (
        int(values[at]) for at in (SHADOW_SCORED, SHADOW_DROPPED, SHADOW_FAILED, SHADOW_ROWS)
    )
    return ShadowCounts(scored, dropped, failed, rows, float(values[SHADOW_APART]) / max(rows, 1))


def _read(file: Path) -> np.ndarray:
    content = file.read_bytes()
    return np.frombuffer(content) if len(content) == BYTES else np.zeros(SIZE)  # it is just being made
