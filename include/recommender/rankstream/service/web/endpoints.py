"""Interactions and suggestions: admitted, answered in a thread, timed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from oipscorer.errors import ClientGoneError, RefusedError, shown
from oipscorer.web.body import read_body

from ..config import Limits
from ..metrics import Metrics
from ..models.serving import Serving, Version
from ..states import Question, States
from .admission import Admission
from .answers import json_response, refusal, suggestion
from .requests import asked, decoded, interactions_of, named, queried

log = logging.getLogger("rankstream")
SUGGESTIONS = "/v1/suggestions"
CLIENT_GONE = 499  # nobody reads this answer; it is only counted
Handler = Callable[[Request, Version], Awaitable[Response]]
T = TypeVar("T")


class Endpoints:
    """What clients ask all day."""

    def __init__(self, serving: Serving, states: States, metrics: Metrics, limits: Limits) -> None:
        self._serving, self._states, self._metrics, self._limits = serving, states, metrics, limits
        self._admission = Admission(limits.requests, metrics.in_flight)
        self._pool = ThreadPoolExecutor(limits.threads, "answers")

    def routes(self) -> list[Route]:
        """The paths."""
        return [
            self._route("interactions", "/v1/interactions", "POST", self._observe),
            self._route("suggestions", SUGGESTIONS + "/{entity:path}", "GET", self._suggest),
            self._route("suggestions_of_many", SUGGESTIONS, "POST", self._suggest_many),
        ]

    def close(self) -> None:
        """Ends the threads, after the last answer."""
        self._pool.shutdown()

    def _route(self, name: str, path: str, method: str, handler: Handler) -> Route:
        async def answered(request: Request) -> Response:
            return await self._answered(name, request, handler)

        return Route(path, answered, methods=[method])

    async def _answered(self, route: str, request: Request, handler: Handler) -> Response:
        begun, version = perf_counter(), ""
        try:
            with self._admission:
                current = self._serving.require()
                version = current.number
                response = await handler(request, current)
        except ClientGoneError:
            response = Response(status_code=CLIENT_GONE)
        except Exception as error:
            response = refusal(error) or _failed(error)
        self._metrics.answered(route, version, response.status_code, perf_counter() - begun)
        return response

    async def _observe(self, request: Request, version: Version) -> Response:
        interactions = interactions_of(await self._body(request), self._limits)
        entities = await self._apart(self._states.observe, version.recommender, interactions)
        self._metrics.observed(len(interactions))
        return json_response({"interactions": len(interactions), "entities": entities})

    async def _suggest(self, request: Request, version: Version) -> Response:
        entity = named(_entity(request.scope["raw_path"]), "entity", self._limits)
        question = queried(request.query_params.multi_items(), self._limits)
        (answer,) = await self._answers(version, [entity], question)
        return json_response(answer | {"model_version": version.number})

    async def _suggest_many(self, request: Request, version: Version) -> Response:
        entities, question = asked(await self._body(request), self._limits)
        answers = await self._answers(version, entities, question)
        return json_response({"suggestions": answers, "model_version": version.number})

    async def _answers(
        self, version: Version, entities: list[str], question: Question
    ) -> list[dict[str, Any]]:
        told = await self._apart(self._states.suggest, version.recommender, entities, question)
        self._metrics.suggested(version.number, told)
        return [suggestion(each) for each in told]

    async def _body(self, request: Request) -> Any:
        limits = self._limits
        return decoded(await read_body(request.scope, request.receive, limits.body, limits.body_seconds))

    async def _apart(self, call: Callable[..., T], *arguments: Any) -> T:
        """In a thread of the pool: the store is waited for there, while the event loop takes other requests."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(call, *arguments))


def _entity(raw_path: bytes) -> str:
    """The path's last part; a name may hold any characters, slashes as ``%2F`` or as they are."""
    quoted = raw_path.partition(b"?")[0].removeprefix(f"{SUGGESTIONS}/".encode())
    try:
        return unquote_to_bytes(quoted).decode()
    except UnicodeDecodeError:
        raise RefusedError(400, f"the path names {shown(quoted)}; expected UTF-8") from None


def _failed(error: Exception) -> Response:
    log.error("a request failed", exc_info=error)
    return json_response({"error": "the service failed; its log says why"}, 500)
