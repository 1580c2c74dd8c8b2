"""A load generator that costs little: rendered requests on connections that are kept, each with one in flight."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import uvloop

SECONDS = 120  # after which a load has failed
_LENGTH = b"content-length:"


def rendered(path: str, body: bytes, *headers: str) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "host: localhost", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class _Connection(asyncio.Protocol):
    """Sends the request again whenever it is answered, until `more` says no."""

    def __init__(self, request: bytes, more: Callable[[], bool], over: asyncio.Future[None]) -> None:
        self._request, self._more, self._over = request, more, over
        self._answer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        if self._more():
            self._transport.write(self._request)
        elif not self._over.done():
            self._over.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head = self._answer.find(b"\r\n\r\n")
        if head < 0 or len(self._answer) < head + 4 + _body_length(self._answer[:head]):
            return
        if not self._answer.startswith(b"HTTP/1.1 200 "):
            self._over.set_exception(AssertionError(self._answer.decode(errors="replace")))
            return
        self._answer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._over.done():
            self._over.set_exception(ConnectionError(f"the server closed a connection: {error}"))


def _body_length(head: bytes) -> int:
    lowered = head.lower()
    return int(lowered[lowered.index(_LENGTH) + len(_LENGTH) :].split(b"\r\n", 1)[0])


async def _run(host: str, port: int, request: bytes, connections: int, requests: int) -> float:
    loop, left = asyncio.get_running_loop(), requests

    def more() -> bool:
        nonlocal left
        left -= 1
        return left >= 0

    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    started = time.perf_counter()
    for over in ends:
        await loop.create_connection(lambda over=over: _Connection(request, more, over), host, port)  # type: ignore[misc]
    await asyncio.wait_for(asyncio.gather(*ends), SECONDS)
    return time.perf_counter() - started


def load(address: str, request: bytes, connections: int, requests: int) -> float:
    """Seconds that so many requests took over so many connections. Raises AssertionError with what is no 200."""
    host, port = address.removeprefix("http://").split(":")
    return uvloop.run(_run(host, int(port), request, connections, requests))
