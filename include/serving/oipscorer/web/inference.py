"""``POST /v2/models/{name}[/versions/{version}]/infer``, as plain ASGI: routing frameworks cost as much as scoring."""

import logging
from typing import Any

from ..errors import ClientGoneError, RefusedError
from ..inference.exchange import Exchange
from ..inference.inference import Inference
from ..protocol.answers import answer
from ..protocol.binary import split, with_binary
from ..protocol.requests import InferenceRequest, inference_request
from .body import binary_header, read_body
from .replies import (
    Headers,
    Receive,
    Send,
    refuse,
    rendered_inference,
    rendered_refusal,
    reply_inference,
)

log = logging.getLogger(__name__)
PREFIX, SUFFIX = "/v2/models/", "/infer"
_PREFIX, _SUFFIX = PREFIX.encode(), SUFFIX.encode()
FAILED = RefusedError(500, "the scorer failed; its log says why")


class InferenceEndpoint:
    """Answers inference requests over HTTP."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """One request; whatever is wrong with it is answered as JSON."""
        try:
            with self.inference.observed() as exchange, self.inference.admission:
                await reply_inference(send, *await self._answer(scope, receive, exchange))
        except RefusedError as error:
            await refuse(send, error)
        except ClientGoneError:
            return
        except Exception:
            log.exception("POST %s failed", scope["path"])
            await refuse(send, FAILED)

    def answers(self, method: bytes, url: bytes, headers: Headers) -> bool:
        """Whether a request is an inference in a form that `at_once` knows."""
        if method != b"POST" or not (url.startswith(_PREFIX) and url.endswith(_SUFFIX)) or b"%" in url:
            return False
        return all(name != b"content-encoding" for name, _ in headers)

    def at_once(self, url: bytes, headers: Headers, body: bytes) -> bytes | None:
        """The whole HTTP answer, or None where the body is too long or the batch too large for the event loop."""
        if len(body) > self.inference.settings.max_body:
            return None
        try:
            with self.inference.observed() as exchange, self.inference.admission:
                return self._answer_at_once(url.decode(), headers, body, exchange)
        except RefusedError as error:
            return rendered_refusal(error)
        except Exception:
            log.exception("POST %s failed", url.decode(errors="replace"))
            return rendered_refusal(FAILED)

    def _answer_at_once(self, path: str, headers: Headers, body: bytes, exchange: Exchange) -> bytes | None:
        name, number = self._addressed(path)
        request = request_in(body, binary_header(headers))
        prepared = self.inference.prepare(name, number, request, exchange)
        if not self.inference.is_small(prepared):
            exchange.passed_on = True
            return None
        outputs = self.inference.answered(prepared)
        return rendered_inference(*answer(prepared.request, name, prepared.version.number, outputs))

    async def _answer(self, scope: Any, receive: Receive, exchange: Exchange) -> tuple[bytes, int | None]:
        name, number = self._addressed(scope["path"])
        limits = self.inference.settings
        body = await read_body(scope, receive, limits.max_body, limits.body_seconds)
        request = request_in(body, binary_header(scope["headers"]))
        prepared = self.inference.prepare(name, number, request, exchange)
        outputs = await self.inference.answered_beside(prepared)
        return answer(request, name, prepared.version.number, outputs)

    def _addressed(self, path: str) -> tuple[str, str | None]:
        """An unknown model is refused before the body is read."""
        name, number = addressed(path)
        self.inference.repository.model(name)
        return name, number


def request_in(body: bytes, header: bytes | None) -> InferenceRequest:
    """The request in a body, with binary tensors after its JSON where a header says so. Raises RefusedError (400)."""
    if header is None:
        return inference_request(body)
    said, binary = split(body, header)
    return with_binary(inference_request(said), binary)


def is_inference(scope: Any) -> bool:
    """Whether a request is for `InferenceEndpoint`."""
    path: str = scope["path"]
    return scope["method"] == "POST" and path.startswith(PREFIX) and path.endswith(SUFFIX)


def addressed(path: str) -> tuple[str, str | None]:
    """Name, and version if the path has one. Raises RefusedError (404)."""
    parts = path[len(PREFIX) : -len(SUFFIX)].split("/")
    if len(parts) == 1:
        return parts[0], None
    if len(parts) == 3 and parts[1] == "versions":
        return parts[0], parts[2]
    raise RefusedError(404, f"{path}, expected {PREFIX}NAME[/versions/VERSION]{SUFFIX}")
