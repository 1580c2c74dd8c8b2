"""The ASGI application."""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from oipscorer.errors import RefusedError
from oipscorer.web.replies import Receive, Send, closing

from .config import Config
from .metrics import Metrics
from .models.following import Following, Poller
from .models.serving import Serving
from .states import States, opened
from .web.answers import json_response, refusal
from .web.authentication import Authentication
from .web.endpoints import Endpoints
from .web.pages import Pages


class Application:
    """Serves what a configuration says.

    Raises:
        ConfigError: a variable is not set, or the folder for downloads is in use.
        ModelError: the configured folder cannot be verified.
    """

    def __init__(self, config: Config) -> None:
        self._authentication = Authentication(config.token_variable)
        serving = Serving()
        self._metrics = Metrics(serving)
        store = opened(config.store)
        self._states = States(store, config.entity, self._metrics.conflicted, self._metrics.failed)
        following = _followed(config, serving)
        self._poller = following and Poller(following, config.poll_seconds)
        self._pages = Pages(serving, self._states, self._metrics, following)
        self._endpoints = Endpoints(serving, self._states, self._metrics, config.limits)
        self._rest = Starlette(
            routes=[*self._endpoints.routes(), *self._pages.routes()],
            exception_handlers={RefusedError: _refused, HTTPException: _unknown, Exception: _failed},
        )

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if self._pages.draining:
            send = closing(send)
        try:
            self._authentication.check(scope["path"], scope["headers"])
        except RefusedError as error:
            self._metrics.turned_away(error.status)
            response = refusal(error)
            assert response is not None
            await response(scope, receive, send)
            return
        await self._rest(scope, receive, send)

    def drain(self) -> None:
        """Not ready from now on, and every answer ends its connection; requests are still answered."""
        self._pages.draining = True

    def close(self) -> None:
        """Ends the threads, after the last answer."""
        if self._poller:
            self._poller.close()
        self._endpoints.close()
        self._states.close()


def _followed(config: Config, serving: Serving) -> Following | None:
    """The registry to be followed; None where a folder answers for good, which it does from now on."""
    if config.model.folder is None:
        return Following(config.model, serving)
    serving.take(config.model.version, config.model.folder, apart=False)
    return None


async def _refused(request: Request, error: Exception) -> Response:
    response = refusal(error)
    assert response is not None
    return response


async def _unknown(request: Request, error: Exception) -> Response:
    """No such path, or not with this method."""
    assert isinstance(error, HTTPException)
    said = f"{request.method} {request.url.path}: {error.detail}, expected a path of this service"
    return json_response({"error": said}, error.status_code)


async def _failed(request: Request, error: Exception) -> Response:
    return json_response({"error": "the service failed; its log says why"}, 500)
