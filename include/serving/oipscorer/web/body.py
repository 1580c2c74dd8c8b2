"""Reads the body of a request, no further than it may be long."""

import asyncio
from typing import Any

from ..errors import ClientGoneError, RefusedError, shown
from ..protocol.binary import HEADER
from .replies import Receive

_BINARY = HEADER.encode()


async def read_body(scope: Any, receive: Receive, limit: int, seconds: float) -> bytes:
    """The whole body. Raises RefusedError (413, 408, 415) and ClientGoneError.

    Args:
        limit: bytes; a longer Content-Length is refused before any of the body is read.
        seconds: within which the body must have come.
    """
    _check_announced(scope, limit)
    try:
        async with asyncio.timeout(seconds):
            return await _chunks(receive, limit)
    except TimeoutError:
        raise RefusedError(408, f"the body did not come within {seconds:g} seconds") from None


def _check_announced(scope: Any, limit: int) -> None:
    for name, value in scope["headers"]:
        if name == b"content-encoding":
            said = f"header {name.decode()}: {shown(value)}, expected a body that is not compressed"
            raise RefusedError(415, said)
        if name == b"content-length" and int(value) > limit:
            raise RefusedError(413, f"the body has {int(value)} bytes, expected at most {limit}")


def binary_header(headers: list[tuple[bytes, bytes]]) -> bytes | None:
    """The value of the header that says how long the JSON before binary tensors is; None where all is JSON."""
    return next((value for name, value in headers if name == _BINARY), None)


async def _chunks(receive: Receive, limit: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= limit:
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    if len(body) > limit:
        raise RefusedError(413, f"the body has more than {limit} bytes, expected at most {limit}")
    return body
