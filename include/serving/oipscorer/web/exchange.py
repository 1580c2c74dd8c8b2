"""One inference from its headers to the end of its answer, for those who count and log it."""

from time import perf_counter

import numpy as np
from msgspec import Struct

from ..counters.board import NO_VERSION, Board
from ..models.version import Version
from ..protocol.requests import InferenceRequest


class Exchange(Struct):
    """What is known of it, which is less where it was refused.

    started: seconds of `time.perf_counter`.
    status: the HTTP status of the answer.
    """

    started: float
    status: int = 0
    version: Version | None = None
    request: InferenceRequest | None = None
    matrix: np.ndarray | None = None
    scores: np.ndarray | None = None


class Observers:
    """Told of each exchange after its answer was given."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def __call__(self, exchange: Exchange) -> None:
        """Counts it; never raises for what a client sent."""
        seconds = perf_counter() - exchange.started
        version = exchange.version
        block = (
            self._board.of(*NO_VERSION) if version is None else self._board.of(version.name, version.number)
        )
        block.answered(exchange.status, seconds)
        if exchange.scores is not None:
            block.scored(exchange.scores)
