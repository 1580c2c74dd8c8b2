"""The calls of GRPCInferenceService, with those of the model repository extension."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import grpc

from .. import __version__
from ..errors import RefusedError
from ..inference.inference import Inference
from ..state.folder import StateError
from . import messages
from .generated import model_repository_pb2 as repository_pb2
from .generated import open_inference_grpc_pb2 as inference_pb2

log = logging.getLogger(__name__)
SERVICE = "inference.GRPCInferenceService"
# https://grpc.io/docs/guides/status-codes/
CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.FAILED_PRECONDITION,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}


class Told(Protocol):
    """What the server says of itself and its models, as over HTTP."""

    def is_ready(self) -> bool: ...

    def is_model_ready(self, name: str, number: str | None) -> bool: ...

    def described(self, name: str, number: str | None) -> dict[str, Any]: ...


class Changed(Protocol):
    """What changes the repository, as over HTTP."""

    def listed(self, ready: bool) -> list[dict[str, Any]]: ...

    async def load_named(self, name: str, parameters: dict[str, Any]) -> Any: ...

    async def unload_named(self, name: str, parameters: dict[str, Any]) -> Any: ...


class Allowed(Protocol):
    """Who may call what."""

    def allows_call(self, name: str, metadata: Any) -> bool: ...

    def refusal(self, asked: str, client: str) -> RefusedError: ...


class Service:
    """Runs in the event loop of the HTTP server, as all that reads or changes the repository."""

    def __init__(
        self, inference: Inference, told: Told, changed: Changed, allowed: Allowed, extensions: list[str]
    ) -> None:
        self._inference, self._told, self._changed, self._extensions = inference, told, changed, extensions
        self._allowed = allowed

    def handlers(self) -> grpc.GenericRpcHandler:
        """Of all calls, by their names in the protocol."""
        calls: dict[str, tuple[Callable[[Any], Awaitable[Any]], Any]] = {
            "ServerLive": (self.live, inference_pb2.ServerLiveRequest),
            "ServerReady": (self.ready, inference_pb2.ServerReadyRequest),
            "ModelReady": (self.model_ready, inference_pb2.ModelReadyRequest),
            "ServerMetadata": (self.metadata, inference_pb2.ServerMetadataRequest),
            "ModelMetadata": (self.model_metadata, inference_pb2.ModelMetadataRequest),
            "ModelInfer": (self.infer, inference_pb2.ModelInferRequest),
            "RepositoryIndex": (self.index, repository_pb2.RepositoryIndexRequest),
            "RepositoryModelLoad": (self.load, repository_pb2.RepositoryModelLoadRequest),
            "RepositoryModelUnload": (self.unload, repository_pb2.RepositoryModelUnloadRequest),
        }
        return grpc.method_handlers_generic_handler(
            SERVICE, {name: _handler(name, *call, self._let_in) for name, call in calls.items()}
        )

    def _let_in(self, name: str, context: grpc.aio.ServicerContext) -> None:
        """Raises RefusedError (401)."""
        if not self._allowed.allows_call(name, context.invocation_metadata()):
            error = self._allowed.refusal(name, context.peer())
            if name == "ModelInfer":
                self._inference.turned_away(error)
            raise error

    async def live(self, message: inference_pb2.ServerLiveRequest) -> inference_pb2.ServerLiveResponse:
        return inference_pb2.ServerLiveResponse(live=True)

    async def ready(self, message: inference_pb2.ServerReadyRequest) -> inference_pb2.ServerReadyResponse:
        return inference_pb2.ServerReadyResponse(ready=self._told.is_ready())

    async def model_ready(self, message: inference_pb2.ModelReadyRequest) -> inference_pb2.ModelReadyResponse:
        ready = self._told.is_model_ready(message.name, message.version or None)
        return inference_pb2.ModelReadyResponse(ready=ready)

    async def metadata(
        self, message: inference_pb2.ServerMetadataRequest
    ) -> inference_pb2.ServerMetadataResponse:
        return inference_pb2.ServerMetadataResponse(
            name="oipscorer", version=__version__, extensions=self._extensions
        )

    async def model_metadata(
        self, message: inference_pb2.ModelMetadataRequest
    ) -> inference_pb2.ModelMetadataResponse:
        return inference_pb2.ModelMetadataResponse(
            **self._told.described(message.name, message.version or None)
        )

    async def infer(self, message: inference_pb2.ModelInferRequest) -> inference_pb2.ModelInferResponse:
        with self._inference.observed() as exchange, self._inference.admission:
            request = messages.request_of(message)
            number = message.model_version or None
            prepared = self._inference.prepare(message.model_name, number, request, exchange)
            outputs = await self._inference.answered_beside(prepared)
            return messages.answer(message, prepared.version.number, outputs, request.parameters)

    async def index(
        self, message: repository_pb2.RepositoryIndexRequest
    ) -> repository_pb2.RepositoryIndexResponse:
        return repository_pb2.RepositoryIndexResponse(models=self._changed.listed(message.ready))

    async def load(
        self, message: repository_pb2.RepositoryModelLoadRequest
    ) -> repository_pb2.RepositoryModelLoadResponse:
        parameters = messages.parameters_of(message.parameters, "parameters")
        await self._changed.load_named(message.model_name, parameters)
        return repository_pb2.RepositoryModelLoadResponse()

    async def unload(
        self, message: repository_pb2.RepositoryModelUnloadRequest
    ) -> repository_pb2.RepositoryModelUnloadResponse:
        parameters = messages.parameters_of(message.parameters, "parameters")
        await self._changed.unload_named(message.model_name, parameters)
        return repository_pb2.RepositoryModelUnloadResponse()


def _handler(
    name: str,
    answer: Callable[[Any], Awaitable[Any]],
    request: Any,
    let_in: Callable[[str, grpc.aio.ServicerContext], None],
) -> grpc.RpcMethodHandler:
    async def inner(message: Any, context: grpc.aio.ServicerContext) -> Any:
        try:
            let_in(name, context)
            return await answer(message)
        except RefusedError as error:
            code, said = CODES.get(error.status, grpc.StatusCode.UNKNOWN), error.message
        except StateError as error:
            code, said = grpc.StatusCode.UNAVAILABLE, str(error)
        except Exception:
            log.exception("%s failed", name)
            code, said = grpc.StatusCode.INTERNAL, "the scorer failed; its log says why"
        await context.abort(code, said)

    return grpc.unary_unary_rpc_method_handler(
        inner, request_deserializer=request.FromString, response_serializer=_serialized
    )


def _serialized(message: Any) -> bytes:
    return bytes(message.SerializeToString())
