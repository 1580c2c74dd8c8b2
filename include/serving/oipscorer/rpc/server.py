"""The gRPC server of a process, in the event loop of its HTTP server."""

import grpc.aio

from ..settings import Settings
from .service import Service

GRACE = 3600.0  # seconds; what is in flight ends by itself


class RpcServer:
    """Listens between `start` and `stop`."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service, self._max_body = service, settings.max_body
        self._address = f"{bracketed(settings.host)}:{settings.grpc_port}"
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        """Raises RuntimeError where the port cannot be had. A message longer than max_body is RESOURCE_EXHAUSTED."""
        self._server = grpc.aio.server(options=[("grpc.max_receive_message_length", self._max_body)])
        self._server.add_generic_rpc_handlers((self._service.handlers(),))
        self._server.add_insecure_port(self._address)
        await self._server.start()

    async def stop(self) -> None:
        """Takes no more calls, and returns when those in flight are answered."""
        if self._server is not None:
            await self._server.stop(GRACE)


def bracketed(host: str) -> str:
    """An address of IPv6 stands in brackets before a port."""
    return f"[{host}]" if ":" in host else host
