"""The HTTP server of a worker, and how it ends."""

import asyncio
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from .app import Application
from .settings import Settings
from .web.connection import InferenceConnection

if TYPE_CHECKING:
    from .rpc.server import RpcServer

KEEP_ALIVE = (
    75  # seconds; longer than load balancers keep an idle connection, which would lose a request otherwise
)


class DrainingServer(uvicorn.Server):
    """uvicorn that goes on answering after SIGTERM while clients and load balancers learn that it is not ready."""

    def __init__(self, application: Application, settings: Settings, ready: Callable[[], None]) -> None:
        super().__init__(_config(application, settings))
        self._ready = ready
        self._rpc: RpcServer | None = None
        self._application, self._settings = application, settings
        self._stop_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains, a second one skips the wait. It is not raised again: a drained end is no failure."""
        if self._stop_at is None:
            self.drain()
        else:
            self.should_exit = True

    def drain(self) -> None:
        """Not ready from now on; after some time it listens no more and ends."""
        self._application.drain()
        self._stop_at = time.monotonic() + self._settings.drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, by gRPC as well where settings say so, and says that it does."""
        await super().startup(sockets)
        if self._settings.grpc_port is not None:
            from .rpc.server import RpcServer  # here: only a server of gRPC pays for the import

            self._rpc = RpcServer(self._application.service(), self._settings)
            await self._rpc.start()
        self._ready()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to stop listening."""
        if self._stop_at is not None and time.monotonic() >= self._stop_at:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answers what is in flight, then ends the threads."""
        ends = [super().shutdown(sockets), *([self._rpc.stop()] if self._rpc else [])]
        await asyncio.gather(*ends)
        await asyncio.to_thread(self._application.close)


def _config(application: Application, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        loop="uvloop",
        http=InferenceConnection,
        proxy_headers=False,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        # what is in flight ends by itself: a body has its time, a batch its end
        timeout_graceful_shutdown=None,
    )
