"""A bearer token that clients share (RFC 6750)."""

import hmac
from collections.abc import Iterable

from oipscorer.errors import RefusedError

from ..config import variable

HEADER = b"authorization"
OPEN_PATHS = "/v1/health/"  # probes carry no token


class Authentication:
    """Who may ask. Raises ConfigError for a variable that is not set."""

    def __init__(self, token_variable: str | None) -> None:
        self._token = None if token_variable is None else variable(token_variable, "token").encode()

    def check(self, path: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Raises RefusedError (401) for a request without the token; compared in constant time."""
        if self._token is None or path.startswith(OPEN_PATHS):
            return
        if not any(name == HEADER and _equal(value, self._token) for name, value in headers):
            raise RefusedError(401, "a bearer token is missing or wrong, expected the server's")


def _equal(header: bytes, expected: bytes) -> bool:
    scheme, _, token = header.partition(b" ")
    return hmac.compare_digest(token.strip(), expected) and scheme.lower() == b"bearer"
