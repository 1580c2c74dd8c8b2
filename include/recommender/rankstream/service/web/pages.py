"""Health, the model that answers, its reload, and metrics."""

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from oipscorer.errors import RefusedError
from oipscorer.registry.client import RegistryError

from ..metrics import Metrics
from ..models.following import Following
from ..models.serving import Serving
from ..states import States
from .answers import json_response, model


class Pages:
    """What operators and probes ask; `draining` turns readiness off."""

    def __init__(
        self, serving: Serving, states: States, metrics: Metrics, following: Following | None
    ) -> None:
        self._serving, self._states, self._metrics = serving, states, metrics
        self._following, self.draining = following, False

    def routes(self) -> list[Route]:
        """The paths."""
        return [
            Route("/v1/health/live", self._live),
            Route("/v1/health/ready", self._ready),
            Route("/v1/model", self._model),
            Route("/v1/reload", self._reload, methods=["POST"]),
            Route("/metrics", self._page),
        ]

    async def _live(self, request: Request) -> Response:
        return json_response({"live": True})

    async def _ready(self, request: Request) -> Response:
        """Not ready without a model or a store; a version that is refused, or a registry that is away, is told."""
        missing = await asyncio.to_thread(self._missing)
        told = {"ready": not missing, "missing": missing, "errors": self._errors()}
        return json_response(told, 503 if missing else 200)

    def _missing(self) -> list[str]:
        missing = ["the server is about to end"] if self.draining else []
        for check in (self._serving.require, self._states.check):
            try:
                check()
            except RefusedError as error:
                missing.append(error.message)
        return missing

    def _errors(self) -> list[str]:
        serving = self._serving
        refused = [f"version {number} is refused: {why}" for number, why in serving.refused.items()]
        return [*refused, *([f"registry: {serving.trouble}"] if serving.trouble else [])]

    async def _model(self, request: Request) -> Response:
        return json_response(self._described())

    def _described(self) -> dict[str, object]:
        serving = self._serving
        return model(serving.require(), serving.aliases) | {"refused": serving.refused}

    async def _reload(self, request: Request) -> Response:
        """Look at the registry now, and try again what was refused."""
        if self._following is None:
            raise RefusedError(409, "the model is a folder's, which is not followed; start the service anew")
        try:
            await asyncio.to_thread(self._following.refresh, True)
        except RegistryError as error:
            said = f"the registry could not be followed; what answers goes on: {error}"
            raise RefusedError(502, said) from error
        described = self._described()
        return json_response(described, 422 if self._serving.refused else 200)

    async def _page(self, request: Request) -> Response:
        return Response(self._metrics.page(), media_type=CONTENT_TYPE_LATEST)
