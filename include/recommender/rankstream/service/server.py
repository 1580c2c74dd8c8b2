"""The HTTP server, and how it ends."""

import asyncio
import socket
import time
from types import FrameType

import uvicorn

from .app import Application
from .config import Config

# seconds; longer than load balancers keep an idle connection, which would lose a request otherwise
KEEP_ALIVE = 75


class DrainingServer(uvicorn.Server):
    """uvicorn that goes on answering after SIGTERM while clients and load balancers learn that it is not ready."""

    def __init__(self, application: Application, config: Config) -> None:
        super().__init__(_uvicorn(application))
        self._application, self._drain_seconds = application, config.limits.drain_seconds
        self._stop_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains, a second one skips the wait. It is not raised again: a drained end is no failure."""
        if self._stop_at is not None:
            self.should_exit = True
            return
        self._application.drain()
        self._stop_at = time.monotonic() + self._drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says where."""
        await super().startup(sockets)
        assert sockets, "it is run with a socket of its own"
        host, port = sockets[0].getsockname()[:2]
        print(f"rankstream listens on http://{host}:{port}", flush=True)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to stop listening."""
        if self._stop_at is not None and time.monotonic() >= self._stop_at:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answers what is in flight, then ends the threads."""
        await super().shutdown(sockets)
        await asyncio.to_thread(self._application.close)


def _uvicorn(application: Application) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        proxy_headers=False,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=None,  # what is in flight ends by itself: a body and the store have their time
    )


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises OSError where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)
