"""Shadow versions score what another version answers, in a thread of their own, and never hold up the answer.

What has gathered is scored at once: a call costs far more than a row, and the thread is woken once for many requests.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from threading import Event, Lock, Thread

import numpy as np
from msgspec import Struct

from ..counters.board import Board
from ..models.version import Version
from ..protocol.matrix import matrix_of
from ..protocol.tensors import Tensor

log = logging.getLogger(__name__)
GATHER_SECONDS = 0.05
BATCH_ROWS = 256  # more would keep the processor from answers for longer than one of them takes


class Answered(Struct, frozen=True):
    """A request as it was answered."""

    inputs: Sequence[Tensor]
    by: Version
    matrix: np.ndarray
    scores: np.ndarray


class Shadows:
    """Requests that wait, bounded by their rows, and a thread; what does not fit is dropped and counted."""

    def __init__(self, capacity: int, board: Board) -> None:
        self._board = board
        self._capacity, self._rows, self._lock = capacity, 0, Lock()
        self._waiting: list[tuple[Version, Answered]] = []
        self._some, self._closing = Event(), Event()
        self._thread = Thread(target=self._work, name="shadows", daemon=True)
        self._thread.start()

    def offer(self, version: Version, answered: Answered) -> None:
        """Has a shadow score a request some time later; never blocks."""
        if self._fits(version, answered):
            if not self._some.is_set():
                self._some.set()
        else:
            self._board.of(version.name, version.number).shadow_dropped()

    def _fits(self, version: Version, answered: Answered) -> bool:
        rows = len(answered.matrix)
        with self._lock:
            if self._rows + rows > self._capacity:
                return False
            self._rows += rows
            self._waiting.append((version, answered))
        return True

    def close(self) -> None:
        """Ends the thread with the batch in its hands; no client waits for the others."""
        self._closing.set()
        self._some.set()
        self._thread.join()

    def _work(self) -> None:
        while self._some.wait() and not self._closing.wait(GATHER_SECONDS):
            self._some.clear()
            with self._lock:
                taken, self._waiting = self._waiting, []
            for version, requests in _batches(taken):
                if self._closing.is_set():
                    return
                self._score(version, requests)
                with self._lock:
                    self._rows -= sum(len(one.matrix) for one in requests)

    def _score(self, version: Version, requests: Sequence[Answered]) -> None:
        counts = self._board.of(version.name, version.number)
        try:
            scores = version.score(np.concatenate([_matrix(version, one) for one in requests]))
        except (
            Exception
        ):  # a shadow's failure is its own: it is counted, and the answers have long been given
            if len(requests) > 1:
                for one in requests:
                    self._score(version, [one])
                return
            counts.shadow_failed()
            log.warning("shadow %s of %r failed", version.number, version.name, exc_info=True)
            return
        answers = np.concatenate([one.scores for one in requests])
        counts.shadowed(np.abs(scores - answers) if scores.shape == answers.shape else None, len(requests))


def _batches(taken: Sequence[tuple[Version, Answered]]) -> Iterator[tuple[Version, list[Answered]]]:
    """Requests of one shadow that one version answered; no more rows together than `BATCH_ROWS`, or one request."""
    alike: defaultdict[tuple[int, int], list[tuple[Version, Answered]]] = defaultdict(list)
    for version, answered in taken:
        alike[id(version), id(answered.by)].append((version, answered))
    for pairs in alike.values():
        yield from ((pairs[0][0], part) for part in _parts([answered for _, answered in pairs]))


def _parts(requests: Sequence[Answered]) -> Iterator[list[Answered]]:
    part, rows = list[Answered](), 0
    for one in requests:
        if part and rows + len(one.matrix) > BATCH_ROWS:
            yield part
            part, rows = [], 0
        part.append(one)
        rows += len(one.matrix)
    yield part


def _matrix(version: Version, answered: Answered) -> np.ndarray:
    """The same input in the shadow's own columns."""
    if version.features.columns == answered.by.features.columns:
        return answered.matrix
    return matrix_of(answered.inputs, version.features)
