"""The model repository extension, and traffic as an extension of our own.

Source: https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md
"""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.json import Decoder
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..counters.totals import shadow_counts, totals
from ..errors import RefusedError, shown
from ..protocol.requests import converted, decoded
from ..registry.client import RegistryError
from ..registry.following import Registry
from ..repository.desired import Desired, DesiredModel, with_traffic, without_model, without_version
from ..repository.repository import Repository
from ..repository.sources import NAME, Source
from ..repository.traffic import Traffic
from ..settings import Settings
from ..state.changes import Changes, Outcome
from ..state.folder import StateFolder, Status
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
    """What changes a state. An answer is given when the change holds in all processes that serve it."""

    def __init__(
        self,
        state: StateFolder,
        repository: Repository,
        changes: Changes,
        settings: Settings,
        registry: Registry | None,
    ) -> None:
        self.state, self.repository, self.changes, self.settings = state, repository, changes, settings
        self.registry = registry

    def routes(self) -> list[Route]:
        """Paths of the extension, and of traffic."""
        model = "/v2/repository/models/{name}"
        return [
            Route("/v2/repository/index", self.index, methods=["POST"]),
            Route(model + "/load", self.load, methods=["POST"]),
            Route(model + "/unload", self.unload, methods=["POST"]),
            Route(model + "/refresh", self.refresh, methods=["POST"]),
            Route(model + "/traffic", self.traffic, methods=["GET"]),
            Route(model + "/traffic", self.direct, methods=["PUT"]),
        ]

    async def index(self, request: Request) -> Response:
        asked: IndexRequest = await self._body(request, _INDEX)
        return json_response(self.listed(asked.ready))

    def listed(self, ready: bool) -> list[dict[str, Any]]:
        """All versions, or those that are ready."""
        status = self.state.status()
        return [_with_status(line, status) for line in self.repository.index(ready)]

    async def load(self, request: Request) -> Response:
        asked: LoadRequest = await self._body(request, _LOAD)
        return json_response(await self._load(request.path_params["name"], asked.parameters))

    async def load_named(self, name: str, parameters: dict[str, Any]) -> None:
        """The same by its parameters. Raises RefusedError naming the parameter."""
        await self._load(name, converted(parameters, LoadParameters))

    async def _load(self, name: str, asked: LoadParameters) -> dict[str, Any]:
        sources = self._sources(name, asked)
        return _told_ended(await asyncio.to_thread(self.changes.load, sources))

    async def unload(self, request: Request) -> Response:
        asked: UnloadRequest = await self._body(request, _UNLOAD)
        return json_response(await self._unload(request.path_params["name"], asked.parameters))

    async def unload_named(self, name: str, parameters: dict[str, Any]) -> None:
        """The same by its parameters. Raises RefusedError naming the parameter."""
        await self._unload(name, converted(parameters, UnloadParameters))

    async def _unload(self, name: str, asked: UnloadParameters) -> dict[str, Any]:
        number = asked.version

        def change(desired: Desired) -> Desired:
            return without_model(desired, name) if number is None else without_version(desired, name, number)

        return _told_ended(await asyncio.to_thread(self.changes.apply, change))

    async def refresh(self, request: Request) -> Response:
        name, registry = request.path_params["name"], self.registry
        if registry is None or registry.registered.name != name:
            raise RefusedError(404, f"{shown(name)} comes from no registry; start the server with --mlflow")
        try:
            return json_response(await asyncio.to_thread(registry.refresh, again=True))
        except RegistryError as error:
            raise RefusedError(502, f"what is there is served; {error}") from None

    async def traffic(self, request: Request) -> Response:
        return json_response(
            await self._told(self.repository.model(request.path_params["name"]).desired, request)
        )

    async def direct(self, request: Request) -> Response:
        traffic: Traffic = await self._body(request, _TRAFFIC)
        name = request.path_params["name"]
        outcome = await asyncio.to_thread(
            self.changes.apply, lambda desired: with_traffic(desired, name, traffic)
        )
        told = await self._told(outcome.desired.models[name], request)
        return json_response(told | _told_ended(outcome))

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
        versions = model.desired.versions
        known = [v.source(name, number) for number, v in versions.items() if asked.version in (None, number)]
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

    async def _told(self, model: DesiredModel, request: Request) -> dict[str, Any]:
        traffic = model.traffic or Traffic({})
        summed = await asyncio.to_thread(totals, self.state.counters)
        name = request.path_params["name"]
        counts = {
            shadow: shadow_counts(summed, name, model.aliases.get(shadow, shadow))
            for shadow in traffic.shadows
        }
        return {"weights": traffic.weights, "shadows": traffic.shadows, "shadow_counts": counts}


def _with_status(line: dict[str, Any], status: Status | None) -> dict[str, Any]:
    """A version of a registry that does not answer serves, and says so."""
    if status is None or status.reachable or status.registered != line["name"] or line["reason"]:
        return line
    return line | {"reason": f"served as it was last known; {status.reason}"}


def _told_ended(outcome: Outcome) -> dict[str, Any]:
    """Workers that did not take the change, and were ended and started anew, which loses what they had in hand."""
    return {"ended": outcome.ended} if outcome.ended else {}
