"""The way of a request from its tensors to the tensors of its answer, the same over HTTP and gRPC."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import numpy as np
from msgspec import Struct

from ..counters.board import Board
from ..errors import RefusedError
from ..models.version import Version
from ..protocol.matrix import matrix_of
from ..protocol.outputs import OutputTensor, check_outputs, predictions, select
from ..protocol.reasons import asked_reasons, reason_outputs
from ..protocol.requests import InferenceRequest
from ..repository.repository import Repository
from ..repository.shadows import Answered, Shadows
from ..repository.traffic import STICKY_KEY
from ..settings import Settings
from .admission import Admission
from .exchange import Exchange, Observed, Observers

EXPLAINED_ROW = 32  # a row that is explained takes as long as so many that are scored


class Prepared(Struct, frozen=True):
    """A request that can be scored: the version that answers it, its matrix, and how many reasons it asks for."""

    request: InferenceRequest
    version: Version
    matrix: np.ndarray
    reasons: int
    shadows: tuple[str, ...]
    exchange: Exchange

    @property
    def weight(self) -> int:
        """Its cost, in rows to be scored."""
        return len(self.matrix) * (1 + EXPLAINED_ROW * (self.reasons > 0))


class Inference:
    """Answers inference requests from a repository; in the event loop alone, but for the scoring of large batches."""

    def __init__(
        self,
        repository: Repository,
        shadows: Shadows,
        board: Board,
        observers: Observers,
        settings: Settings,
    ) -> None:
        self.repository, self.shadows, self.settings = repository, shadows, settings
        self.admission = Admission(settings.max_requests, board.process)
        self._observers = observers
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="batches")

    def observed(self) -> Observed:
        """A context for a request and its answer, which is counted and logged at its end."""
        return Observed(self._observers)

    def turned_away(self, error: RefusedError) -> None:
        """Counts a request that was refused before anything of it was looked at."""
        self._observers(Exchange(perf_counter(), error.status))

    def prepare(
        self, name: str, number: str | None, request: InferenceRequest, exchange: Exchange
    ) -> Prepared:
        """Chooses the version and checks the request against it. Raises RefusedError naming the field."""
        model = self.repository.model(name)
        parameters = request.parameters or {}
        key = parameters.get(STICKY_KEY)
        version = model.chosen(key) if number is None else model.version(number)
        exchange.version, exchange.request = version, request
        reasons = asked_reasons(parameters, version) if parameters else 0
        check_outputs(request, reasons)
        shadows = model.route.shadows if number is None and model.route else ()
        matrix = matrix_of(request.inputs, version.features)
        exchange.matrix = matrix
        return Prepared(request, version, matrix, reasons, shadows, exchange)

    def is_small(self, prepared: Prepared) -> bool:
        """Whether it is scored in the event loop, at once."""
        return prepared.weight <= self.settings.inline_rows

    def answered(self, prepared: Prepared) -> list[OutputTensor]:
        """The tensors of the answer, scored here and now; shadows score the same later."""
        return self._finished(prepared, *_computed(prepared))

    async def answered_beside(self, prepared: Prepared) -> list[OutputTensor]:
        """The same, a large batch scored beside the event loop, one after the other."""
        if self.is_small(prepared):
            return self.answered(prepared)
        loop = asyncio.get_running_loop()
        return self._finished(prepared, *await loop.run_in_executor(self._beside, _computed, prepared))

    def _finished(
        self, prepared: Prepared, scores: np.ndarray, contributions: np.ndarray | None
    ) -> list[OutputTensor]:
        prepared.exchange.scores = scores
        if prepared.shadows:
            self._offer(prepared, scores)
        outputs = [predictions(scores)]
        if contributions is not None:
            outputs += reason_outputs(contributions, prepared.version.features.names, prepared.reasons)
        return select(outputs, prepared.request)

    def _offer(self, prepared: Prepared, scores: np.ndarray) -> None:
        model = self.repository.models.get(prepared.version.name)
        answered = Answered(prepared.request.inputs, prepared.version, prepared.matrix, scores)
        for number in prepared.shadows:
            shadow = model.ready.get(number) if model else None
            if shadow is not None:  # it may have been unloaded since
                self.shadows.offer(shadow, answered)

    def close(self) -> None:
        """Ends the thread for large batches."""
        self._beside.shutdown()


def _computed(prepared: Prepared) -> tuple[np.ndarray, np.ndarray | None]:
    engine = prepared.version.engine
    explain = engine.explain if prepared.reasons else None
    return engine.score(prepared.matrix), explain(prepared.matrix) if explain else None
