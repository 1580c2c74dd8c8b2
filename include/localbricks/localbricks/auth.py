"""Who may ask: a bearer token, compared in constant time, and requests of a sane size."""

import hmac

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .api_errors import ApiError

# A browser opens the run pages; it has no token, and the server listens on loopback unless told otherwise.
PUBLIC = ("/", "/health", "/favicon.ico")
PUBLIC_FOLDERS = ("/.well-known/", "/runs/", "/static/")
# The largest request in use is a workspace import: Databricks allows 10 MB of file, a wheel may be larger here.
MAX_BODY_BYTES = 256 * 1024 * 1024
IMPORT = "/api/2.0/workspace/import"
# A page loads its own style and scripts and shows notebooks in a frame of this address, and nothing else.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


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
            await self._too_large(scope["path"]).response()(scope, receive, send)
            return
        await self.app(scope, self._counting(receive, scope["path"]), send)

    def _counting(self, receive: Receive, path: str) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.limit:
                raise self._too_large(path)
            return message

        return counted

    def _too_large(self, path: str) -> ApiError:
        # The one code that Databricks has for this is for imports; REQUEST_LIMIT_EXCEEDED would mean too many requests.
        code = "MAX_NOTEBOOK_SIZE_EXCEEDED" if path == IMPORT else "INVALID_PARAMETER_VALUE"
        return ApiError(413, code, f"The request body is larger than {self.limit} bytes")


class SecurityHeaders:
    """ASGI middleware: tells browsers to take each answer for what it says it is, and what its page may load."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            await send(message)

        await self.app(scope, receive, with_headers)


def is_public(path: str) -> bool:
    """Whether the path may be read without a token."""
    return path in PUBLIC or path.startswith(PUBLIC_FOLDERS)
