"""The counters of this process: a block for each version, and one of its own."""

import mmap
from pathlib import Path

import numpy as np

from .layout import (
    BATCH,
    IN_FLIGHT,
    LATENCY,
    OTHER_STATUS,
    SCORE,
    SHADOW_APART,
    SHADOW_DROPPED,
    SHADOW_FAILED,
    SHADOW_ROWS,
    SHADOW_SCORED,
    SIZE,
    STATUS_SLOT,
)

PROCESS = "process"
NO_VERSION = ("", "")  # of a request that was refused before it had one
BYTES = SIZE * 8
_FEW = 8  # values; NumPy's start costs as much as a loop over them


def file_of(folder: Path, name: str, number: str) -> Path:
    """Where the block of a version lies; names hold no ``@``."""
    return folder / f"version@{name}@{number}"


class Block:
    """The counters of a version, in a file that other processes read. One process writes it."""

    def __init__(self, file: Path) -> None:
        self.values = mapped(file)

    def answered(self, status: int, seconds: float, requests: int = 1) -> None:
        """Counts a request and how long it took; several that were answered together."""
        self.values[STATUS_SLOT.get(status, OTHER_STATUS)] += requests
        LATENCY.add(self.values, seconds, requests)

    def scored(self, scores: np.ndarray) -> None:
        """Counts the rows of a request, and each of its scores."""
        BATCH.add(self.values, len(scores))
        if scores.size > _FEW:
            SCORE.add_all(self.values, scores.ravel())
        else:
            for score in scores.ravel().tolist():
                SCORE.add(self.values, score)

    def shadowed(self, apart: np.ndarray | None, requests: int = 1) -> None:
        """Counts a request that it scored as a shadow, and its absolute differences where there are any."""
        if apart is not None:
            self.values[SHADOW_ROWS] += len(apart)
            self.values[SHADOW_APART] += len(apart) * float(apart.mean())
        self.values[SHADOW_SCORED] += requests

    def shadow_dropped(self) -> None:
        """Counts a request for which its queue had no room."""
        self.values[SHADOW_DROPPED] += 1

    def shadow_failed(self, requests: int = 1) -> None:
        """Counts a request that it could not score as a shadow."""
        self.values[SHADOW_FAILED] += requests


class Board:
    """Blocks by version, kept in a folder of this process.

    One that starts again in the place of another counts on from its figures, so that sums never go back.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._blocks: dict[tuple[str, str], Block] = {}
        self.process = Block(folder / PROCESS).values
        self.process[IN_FLIGHT] = 0

    def of(self, name: str, number: str) -> Block:
        """The block of a version."""
        block = self._blocks.get((name, number))
        if block is None:
            block = self._blocks[name, number] = Block(file_of(self._folder, name, number))
        return block


def mapped(file: Path) -> "memoryview[float]":
    """A block's numbers, shared with every process that maps the file."""
    with file.open("a+b") as opened:
        opened.truncate(BYTES)
        return memoryview(mmap.mmap(opened.fileno(), BYTES)).cast("d")
