"""Load that does not wait for the server: arrivals at fixed times, whose latency counts from when they were due.

A client that sends its next request when the last one is answered slows down with the server, and so leaves out the
moments that hurt ("coordinated omission": Gil Tene, How NOT to Measure Latency).
"""

import asyncio
import json
import time
from typing import Any

import uvloop

CONNECTIONS = 16


class Connection(asyncio.Protocol):
    """One request at a time over a connection that stays open."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[bytes] | None = None
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, blank, body = self._got.partition(b"\r\n\r\n")
        if (
            blank
            and self._answer
            and len(body) >= int(head.lower().partition(b"content-length: ")[2].split()[0])
        ):
            self._got = b""
            self._answer.set_result(head)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("the server closed the connection"))

    async def ask(self, request: bytes) -> None:
        """Sends a request; raises AssertionError unless its answer is 200."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        head = await self._answer
        assert head.startswith(b"HTTP/1.1 200"), head

    def close(self) -> None:
        """Ends the connection."""
        self._transport.close()


def posted(path: str, content: Any) -> bytes:
    """An HTTP request as it goes over the wire."""
    body = json.dumps(content).encode()
    return b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (path.encode(), len(body), body)


def capacity(address: str, request: bytes, seconds: float) -> float:
    """Requests a second that as many clients as there are connections get answered when none of them pauses."""
    return uvloop.run(_capacity(address, request, seconds))


def latencies(address: str, request: bytes, rate: float, seconds: float) -> list[float]:
    """Seconds from the moment at which each of `rate` requests a second was due to its answer, ascending."""
    return sorted(uvloop.run(_latencies(address, request, rate, int(rate * seconds))))


async def _connections(address: str) -> list[Connection]:
    host, port = address.removeprefix("http://").split(":")
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(Connection, host, int(port)) for _ in range(CONNECTIONS)]
    return [connection for _, connection in made]


async def _capacity(address: str, request: bytes, seconds: float) -> float:
    end, done = time.perf_counter() + seconds, 0
    connections = await _connections(address)

    async def go_on(connection: Connection) -> None:
        nonlocal done
        while time.perf_counter() < end:
            await connection.ask(request)
            done += 1

    await asyncio.gather(*map(go_on, connections))
    for connection in connections:
        connection.close()
    return done / seconds


async def _latencies(address: str, request: bytes, rate: float, count: int) -> list[float]:
    connections = await _connections(address)
    start, due, took = time.perf_counter() + 0.05, iter(range(count)), list[float]()

    async def serve_arrivals(connection: Connection) -> None:
        for number in due:  # whichever connection is free takes the next arrival, late if none was
            at = start + number / rate
            if (early := at - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            await connection.ask(request)
            took.append(time.perf_counter() - at)

    await asyncio.gather(*map(serve_arrivals, connections))
    for connection in connections:
        connection.close()
    return took
