"""Who may ask: a bearer token, compared in constant time, and requests of a sane size."""

import hmac

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .api_errors import ApiError

# A browser opens the run pages; it has no token, and the server listens on loopback unless told otherwise.
PUBLIC = ("/", "/health", "/favicon.ico")
PUBLIC_FOLDERS = ("/.well-known/", "/runs/", "/static/")
# The largest request in use is a workspace import: Databricks allows 10 MB of file, a wheel may be larger here.
MAX_BODY_BYTES = 256 * 1024 * 1024


class TokenCheck:
    """ASGI middleware: 401 without a token, 403 with a wrong one; the public pages need none."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self.expected = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_public(scope["path"]):
            error = self._refusal(Request(scope))
            if error:
                await error.response()(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, request: Request) -> ApiError | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return ApiError(
                401,
                "UNAUTHENTICATED",
                "Credential was not sent: expected the header Authorization: Bearer <token>",
            )
        if not hmac.compare_digest(token.strip().encode(), self.expected):
            return ApiError(403, "PERMISSION_DENIED", "Invalid access token.")
        return None


class BodyLimit:
    """ASGI middleware: 413 for a request body that is too large, whether or not it says so beforehand."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Request(scope).headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > self.limit:
            await self._too_large().response()(scope, receive, send)
            return
        await self.app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.limit:
                raise self._too_large()
            return message

        return counted

    def _too_large(self) -> ApiError:
        return ApiError(413, "REQUEST_LIMIT_EXCEEDED", f"The request body is larger than {self.limit} bytes")


def is_public(path: str) -> bool:
    """Whether the path may be read without a token."""
    return path in PUBLIC or path.startswith(PUBLIC_FOLDERS)
