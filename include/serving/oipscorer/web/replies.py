"""Answers as plain ASGI messages."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ..errors import RefusedError
from ..protocol.answers import encode
from ..protocol.binary import HEADER

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_JSON = (b"content-type", b"application/json")
_BINARY = (b"content-type", b"application/octet-stream")
_JSON_LENGTH = HEADER.encode()
CLOSE = (b"connection", b"close")
# A second is many times what a queue of requests takes.
_FURTHER: dict[int, Headers] = {
    401: [(b"www-authenticate", b'Bearer realm="oipscorer"')],
    408: [CLOSE],
    413: [CLOSE],
    429: [(b"retry-after", b"1")],
}


async def reply(send: Send, status: int, body: bytes, further: Headers | None = None) -> None:
    """Sends a whole JSON answer."""
    headers = [_JSON, (b"content-length", b"%d" % len(body)), *(further or ())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def reply_inference(send: Send, body: bytes, json_length: int | None) -> None:
    """Sends an answer; where binary tensors follow its JSON, a header tells the length of the JSON."""
    if json_length is None:
        await reply(send, 200, body)
        return
    headers = [_BINARY, (b"content-length", b"%d" % len(body)), (_JSON_LENGTH, b"%d" % json_length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, error: RefusedError) -> None:
    """Sends ``{"error": ...}``; where the body was not read to its end, the connection is closed."""
    await reply(send, error.status, encode({"error": error.message}), _FURTHER.get(error.status))


def closing(send: Send) -> Send:
    """The same, telling the client to use another connection next."""

    async def inner(message: Message) -> None:
        if message["type"] == "http.response.start" and CLOSE not in message["headers"]:
            message["headers"] = [*message["headers"], CLOSE]
        await send(message)

    return inner
