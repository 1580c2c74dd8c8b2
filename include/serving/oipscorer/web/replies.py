"""Answers as plain ASGI messages."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
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


def rendered_inference(body: bytes, json_length: int | None) -> bytes:
    """What `reply_inference` sends, as HTTP."""
    if json_length is None:
        return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
            len(body),
            body,
        )
    return (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: %d\r\n%b: %d\r\n\r\n%b"
        % (
            len(body),
            _JSON_LENGTH,
            json_length,
            body,
        )
    )


def rendered_refusal(error: RefusedError) -> bytes:
    """What `refuse` sends, as HTTP."""
    body = encode({"error": error.message})
    headers = [_JSON, (b"content-length", b"%d" % len(body)), *_FURTHER.get(error.status, ())]
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    phrase = HTTPStatus(error.status).phrase.encode()
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (error.status, phrase, lines, body)


def closing(send: Send) -> Send:
    """The same, telling the client to use another connection next."""

    async def inner(message: Message) -> None:
        if message["type"] == "http.response.start" and CLOSE not in message["headers"]:
            message["headers"] = [*message["headers"], CLOSE]
        await send(message)

    return inner
