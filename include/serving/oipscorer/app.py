"""The ASGI application: inference first, everything else on Starlette."""

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .counters.board import Board
from .errors import RefusedError
from .inference.exchange import Observers
from .inference.inference import Inference
from .registry.following import Registry
from .repository.repository import Repository
from .repository.shadows import Shadows
from .settings import Settings
from .state.changes import Changes
from .state.folder import StateError, StateFolder
from .web.authentication import Authentication
from .web.control import Control
from .web.inference import InferenceEndpoint, is_inference
from .web.metrics import Metrics
from .web.pages import EXTENSIONS, Pages, json_response
from .web.replies import Headers, Receive, Send, closing, refuse

if TYPE_CHECKING:
    from .rpc.service import Service


class Application:
    """Serves a repository, which follows a state that requests may change."""

    def __init__(
        self,
        state: StateFolder,
        repository: Repository,
        changes: Changes,
        board: Board,
        observers: Observers,
        settings: Settings,
        registry: Registry | None = None,
    ) -> None:
        self.shadows = Shadows(settings.shadow_rows, board)
        self.pages = Pages(repository)
        self.observers = observers
        self.inference = Inference(repository, self.shadows, board, observers, settings)
        self.endpoint = InferenceEndpoint(self.inference)
        self._authentication = Authentication(settings)
        self.control = Control(state, repository, changes, settings, registry)
        self._rest = Starlette(
            routes=[*self.pages.routes(), *self.control.routes(), *Metrics(state, repository).routes()],
            exception_handlers={
                RefusedError: _refused,
                StateError: _unavailable,
                HTTPException: _unknown,
                Exception: _failed,
            },
        )

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if self.pages.draining:
            send = closing(send)
        if not self._authentication.allows(scope["path"], scope["headers"]):
            await self._turn_away(scope, send)
        elif is_inference(scope):
            await self.endpoint(scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    async def _turn_away(self, scope: Any, send: Send) -> None:
        client = "a client" if scope["client"] is None else "{}:{}".format(*scope["client"])
        error = self._authentication.refusal(scope["path"], client)
        if is_inference(scope):
            self.inference.turned_away(error)
        await refuse(send, error)

    def answers(self, method: bytes, url: bytes, headers: Headers) -> bool:
        """Whether a request may be answered by `at_once`; not while answers end their connections."""
        if self.pages.draining or not self.endpoint.answers(method, url, headers):
            return False
        return self._authentication.allows(url.decode("latin-1"), headers)

    def at_once(self, url: bytes, headers: Headers, body: bytes) -> bytes | None:
        """See `InferenceEndpoint.at_once`."""
        return self.endpoint.at_once(url, headers, body)

    def service(self) -> "Service":
        """The same over gRPC."""
        from .rpc.service import Service  # here: only a server of gRPC pays for the import

        return Service(self.inference, self.pages, self.control, self._authentication, EXTENSIONS)

    def drain(self) -> None:
        """Not ready from now on, and every answer ends its connection; requests are still answered."""
        self.pages.draining = True

    def close(self) -> None:
        """Ends the threads, after the last answer."""
        self.inference.close()
        self.observers.close()
        self.shadows.close()


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    response = json_response({"error": error.message}, error.status)
    if error.status in (408, 413):  # the body was not read to its end
        response.headers["connection"] = "close"
    return response


async def _unavailable(request: Request, error: Exception) -> Response:
    return json_response({"error": str(error)}, 503)


async def _unknown(request: Request, error: Exception) -> Response:
    """No such path, or not with this method."""
    assert isinstance(error, HTTPException)
    said = f"{request.method} {request.url.path}: {error.detail}, expected a path of the Open Inference Protocol v2"
    return json_response({"error": said}, error.status_code)


async def _failed(request: Request, error: Exception) -> Response:
    return json_response({"error": "the scorer failed; its log says why"}, 500)
