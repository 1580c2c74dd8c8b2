"""The model repository extension, and traffic as an extension of our own.

Source: https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md
"""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.json import Decoder
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import RefusedError
from ..protocol.requests import converted, decoded
from ..repository.repository import Repository
from ..repository.served import ServedModel
from ..repository.shadows import Shadows
from ..repository.sources import NAME, Source
from ..repository.traffic import Traffic
from ..settings import Settings
from .body import read_body
from .pages import json_response


class IndexRequest(Struct, forbid_unknown_fields=True):
    """``$repository_index_request``"""

    ready: bool = False


class LoadParameters(Struct, forbid_unknown_fields=True):
    """Without a folder, what is known is loaded again."""

    folder: str | None = None
    version: str | None = None
    allow_missing: bool | None = None


class LoadRequest(Struct, forbid_unknown_fields=True):
    """``$repository_load_request``"""

    parameters: LoadParameters = msgspec.field(default_factory=LoadParameters)


class UnloadParameters(Struct, forbid_unknown_fields=True):
    """`unload_dependents` is the extension's own; no model here depends on another."""

    version: str | None = None
    unload_dependents: bool = False


class UnloadRequest(Struct, forbid_unknown_fields=True):
    """``$repository_unload_request``"""

    parameters: UnloadParameters = msgspec.field(default_factory=UnloadParameters)


_INDEX, _LOAD, _UNLOAD, _TRAFFIC = map(Decoder, (IndexRequest, LoadRequest, UnloadRequest, Traffic))


class Control:
    """What changes a repository."""

    def __init__(self, repository: Repository, shadows: Shadows, settings: Settings) -> None:
        self.repository, self.shadows, self.settings = repository, shadows, settings

    def routes(self) -> list[Route]:
        """Paths of the extension, and of traffic."""
        model = "/v2/repository/models/{name}"
        return [
            Route("/v2/repository/index", self.index, methods=["POST"]),
            Route(model + "/load", self.load, methods=["POST"]),
            Route(model + "/unload", self.unload, methods=["POST"]),
            Route(model + "/traffic", self.traffic, methods=["GET"]),
            Route(model + "/traffic", self.direct, methods=["PUT"]),
        ]

    async def index(self, request: Request) -> Response:
        asked: IndexRequest = await self._body(request, _INDEX)
        return json_response(self.listed(asked.ready))

    def listed(self, ready: bool) -> list[dict[str, Any]]:
        """All versions, or those that are ready."""
        return self.repository.index(ready)

    async def load(self, request: Request) -> Response:
        asked: LoadRequest = await self._body(request, _LOAD)
        await self._load(request.path_params["name"], asked.parameters)
        return json_response({})

    async def load_named(self, name: str, parameters: dict[str, Any]) -> None:
        """The same by its parameters. Raises RefusedError naming the parameter."""
        await self._load(name, converted(parameters, LoadParameters))

    async def _load(self, name: str, asked: LoadParameters) -> None:
        await self.repository.load(self._sources(name, asked))

    async def unload(self, request: Request) -> Response:
        asked: UnloadRequest = await self._body(request, _UNLOAD)
        await self._unload(request.path_params["name"], asked.parameters)
        return json_response({})

    async def unload_named(self, name: str, parameters: dict[str, Any]) -> None:
        """The same by its parameters. Raises RefusedError naming the parameter."""
        await self._unload(name, converted(parameters, UnloadParameters))

    async def _unload(self, name: str, asked: UnloadParameters) -> None:
        await self.repository.unload(name, asked.version)

    async def traffic(self, request: Request) -> Response:
        return json_response(self._told(self.repository.model(request.path_params["name"])))

    async def direct(self, request: Request) -> Response:
        traffic: Traffic = await self._body(request, _TRAFFIC)
        model = self.repository.model(request.path_params["name"])
        model.direct(traffic)
        return json_response(self._told(model))

    async def _body(self, request: Request, decoder: Decoder[Any]) -> Any:
        limits = self.settings
        body = await read_body(request.scope, request.receive, limits.max_body, limits.body_seconds)
        return decoded(decoder, body or b"{}")

    def _sources(self, name: str, asked: LoadParameters) -> list[Source]:
        if asked.folder is not None:
            return [self._new_source(name, asked, asked.folder)]
        model = self.repository.model(name)
        if asked.version is not None:
            model.require(asked.version)
        known = [e.source for number, e in model.entries.items() if asked.version in (None, number)]
        if asked.allow_missing is None:
            return known
        return [msgspec.structs.replace(source, missing=asked.allow_missing) for source in known]

    def _new_source(self, name: str, asked: LoadParameters, folder: str) -> Source:
        place = Path(folder).resolve()
        if not any(place.is_relative_to(root) for root in self.settings.roots):
            roots = ", ".join(map(str, self.settings.roots)) or "none; start the server with --root"
            raise RefusedError(
                403, f"parameters.folder: {folder!r}, expected a folder below a root ({roots})"
            )
        number = asked.version or "1"
        for field, value in (("name", name), ("parameters.version", number)):
            if not NAME.fullmatch(value):
                raise RefusedError(400, f"{field}: {value!r}, expected to match {NAME.pattern}")
        missing = self.settings.allow_missing if asked.allow_missing is None else asked.allow_missing
        return Source(name, number, place, missing)

    def _told(self, model: ServedModel) -> dict[str, Any]:
        traffic = model.route.traffic if model.route else Traffic({})
        counts = {number: self.shadows.counts(model.name, number) for number in traffic.shadows}
        return {"weights": traffic.weights, "shadows": traffic.shadows, "shadow_counts": counts}
