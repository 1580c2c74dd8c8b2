"""One inference from its headers to the end of its answer, for those who count and log it."""

from asyncio import CancelledError
from time import perf_counter, time
from types import TracebackType

import numpy as np
from msgspec import Struct

from ..counters.board import NO_VERSION, Board
from ..errors import ClientGoneError, RefusedError
from ..models.version import Version
from ..protocol.requests import InferenceRequest
from ..repository.traffic import STICKY_KEY
from ..requestlog.log import RequestLog
from ..requestlog.records import Scored


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
    passed_on: bool = False  # to another way, which observes it anew


class Observers:
    """Told of each exchange after its answer was given."""

    def __init__(self, board: Board, log: RequestLog | None, count: bool) -> None:
        self._board, self._log, self._count = board, log, count

    def __call__(self, exchange: Exchange) -> None:
        """Counts it and logs it; never raises for what a client sent."""
        seconds = perf_counter() - exchange.started
        if self._count:
            self._counted(exchange, seconds)
        if self._log and exchange.status == 200:
            self._log.offer(_scored(exchange, seconds))

    def _counted(self, exchange: Exchange, seconds: float) -> None:
        version = exchange.version
        key = NO_VERSION if version is None else (version.name, version.number)
        block = self._board.of(*key)
        block.answered(exchange.status, seconds)
        if exchange.scores is not None:
            block.scored(exchange.scores)

    def close(self) -> None:
        """Writes what is left of the log."""
        if self._log:
            self._log.close()


def _scored(exchange: Exchange, seconds: float) -> Scored:
    version, request, matrix, scores = exchange.version, exchange.request, exchange.matrix, exchange.scores
    if version is None or request is None or matrix is None or scores is None:
        raise AssertionError("an inference that was answered has a version, a request, a matrix and scores")
    key = (request.parameters or {}).get(STICKY_KEY)
    # where the path names the version, nobody has looked at the key
    key = key if isinstance(key, str | int) else None
    return Scored(time(), seconds, version, request.id, key, matrix, scores)


class Observed:
    """From a request's headers to the end of its answer; what it ends by says the status."""

    def __init__(self, observers: Observers) -> None:
        self._observers = observers

    def __enter__(self) -> Exchange:
        self._exchange = Exchange(perf_counter())
        return self._exchange

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # gRPC cancels a call whose client has gone, or whose deadline is over
        gone = isinstance(error, ClientGoneError | CancelledError)
        if gone or self._exchange.passed_on:  # nobody was answered here
            return
        self._exchange.status = (
            error.status if isinstance(error, RefusedError) else 200 if error is None else 500
        )
        self._observers(self._exchange)
