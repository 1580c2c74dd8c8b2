"""Shadow versions score what another version answers, in a thread of their own, and never hold up the answer."""

import logging
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Lock, Thread

import numpy as np
from msgspec import Struct

from ..counters.board import Board
from ..models.version import Version
from ..protocol.matrix import matrix_of
from ..protocol.tensors import Tensor

log = logging.getLogger(__name__)


class Answered(Struct, frozen=True):
    """A request as it was answered."""

    inputs: Sequence[Tensor]
    by: Version
    matrix: np.ndarray
    scores: np.ndarray


class Shadows:
    """A queue bounded by its rows, and its thread; what does not fit is dropped and counted."""

    def __init__(self, capacity: int, board: Board) -> None:
        self._board = board
        self._capacity, self._waiting, self._lock = capacity, 0, Lock()
        self._queue: SimpleQueue[tuple[Version, Answered] | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._work, name="shadows", daemon=True)
        self._thread.start()

    def offer(self, version: Version, answered: Answered) -> None:
        """Has a shadow score a request some time later; never blocks."""
        if self._fits(len(answered.matrix)):
            self._queue.put((version, answered))
        else:
            self._board.of(version.name, version.number).shadow_dropped()

    def _fits(self, rows: int) -> bool:
        with self._lock:
            fits = self._waiting + rows <= self._capacity
            self._waiting += rows if fits else 0
        return fits

    def close(self) -> None:
        """Ends the thread with the request in its hands; no client waits for the others."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (item := self._queue.get()) is not None and not self._closed:
            self._score(*item)
            with self._lock:
                self._waiting -= len(item[1].matrix)

    def _score(self, version: Version, answered: Answered) -> None:
        counts = self._board.of(version.name, version.number)
        try:
            scores = version.score(_matrix(version, answered))
        except Exception:  # a shadow's failure is its own: it is counted, and the answer has long been given
            counts.shadow_failed()
            log.warning("shadow %s of %r failed", version.number, version.name, exc_info=True)
            return
        alike = scores.shape == answered.scores.shape
        counts.shadowed(np.abs(scores - answered.scores) if alike else None)


def _matrix(version: Version, answered: Answered) -> np.ndarray:
    """The same input in the shadow's own columns."""
    if version.features.columns == answered.by.features.columns:
        return answered.matrix
    return matrix_of(answered.inputs, version.features)
