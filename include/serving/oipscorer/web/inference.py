"""``POST /v2/models/{name}[/versions/{version}]/infer``, as plain ASGI: routing frameworks cost as much as scoring."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import numpy as np

from ..counters.board import Board
from ..errors import RefusedError
from ..models.version import Version
from ..protocol.answers import answer, check_outputs
from ..protocol.matrix import matrix_of
from ..protocol.requests import InferenceRequest, inference_request
from ..repository.repository import Repository
from ..repository.shadows import Answered, Shadows
from ..repository.traffic import STICKY_KEY
from ..settings import Settings
from .admission import Admission
from .body import ClientGoneError, read_body
from .exchange import Exchange, Observers
from .replies import Receive, Send, refuse, reply

log = logging.getLogger(__name__)
PREFIX, SUFFIX = "/v2/models/", "/infer"


class Inference:
    """Answers inference requests from a repository."""

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
        self._observe = observers
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="batches")

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """One request; whatever is wrong with it is answered as JSON."""
        exchange = Exchange(perf_counter())
        try:
            with self.admission:
                await reply(send, 200, await self._answer(scope, receive, exchange))
                exchange.status = 200
        except RefusedError as error:
            exchange.status = error.status
            await refuse(send, error)
        except ClientGoneError:
            return
        except Exception:
            exchange.status = 500
            log.exception("POST %s failed", scope["path"])
            await refuse(send, RefusedError(500, "the scorer failed; its log says why"))
        self._observe(exchange)

    def close(self) -> None:
        """Ends the thread for large batches."""
        self._beside.shutdown()

    async def _answer(self, scope: Any, receive: Receive, exchange: Exchange) -> bytes:
        name, number = addressed(scope["path"])
        self.repository.model(name)  # an unknown one is refused before its body is read
        body = await read_body(scope, receive, self.settings.max_body, self.settings.body_seconds)
        request = inference_request(body)
        check_outputs(request)
        key = (request.parameters or {}).get(STICKY_KEY)
        model = self.repository.model(name)
        version = model.chosen(key) if number is None else model.version(number)
        shadows = model.route.shadows if number is None and model.route else ()
        exchange.version, exchange.request = version, request
        matrix, scores = await self._score(request, version)
        exchange.matrix, exchange.scores = matrix, scores
        for shadow in shadows:
            self._offer(model.ready.get(shadow), Answered(request.inputs, version, matrix, scores))
        return answer(request, name, version.number, scores)

    async def _score(self, request: InferenceRequest, version: Version) -> tuple[np.ndarray, np.ndarray]:
        """A few rows at once; a large batch beside the event loop, one after the other."""
        matrix = matrix_of(request.inputs, version.features)
        if len(matrix) <= self.settings.inline_rows:
            return matrix, version.score(matrix)
        loop = asyncio.get_running_loop()
        return matrix, await loop.run_in_executor(self._beside, version.score, matrix)

    def _offer(self, shadow: Version | None, answered: Answered) -> None:
        if shadow is not None:  # it may have been unloaded since
            self.shadows.offer(shadow, answered)


def is_inference(scope: Any) -> bool:
    """Whether a request is for `Inference`."""
    path: str = scope["path"]
    return scope["method"] == "POST" and path.startswith(PREFIX) and path.endswith(SUFFIX)


def addressed(path: str) -> tuple[str, str | None]:
    """Name, and version if the path has one. Raises RefusedError (404)."""
    parts = path[len(PREFIX) : -len(SUFFIX)].split("/")
    if len(parts) == 1:
        return parts[0], None
    if len(parts) == 3 and parts[1] == "versions":
        return parts[0], parts[2]
    raise RefusedError(404, f"{path}, expected {PREFIX}NAME[/versions/VERSION]{SUFFIX}")
