"""Bearer tokens, of which inference and control may each have one (RFC 6750)."""

import hmac
import logging
import os
from collections.abc import Iterable
from time import monotonic
from typing import Any

from ..errors import RefusedError, shown
from ..settings import Settings

log = logging.getLogger("oipscorer")
HEADER = b"authorization"
# What changes or tells what is served; health stays open, since probes carry no token.
CONTROL_PATHS = ("/v2/repository/", "/metrics")
OPEN_PATHS = ("/v2/health/",)
LINE_SECONDS = 1.0  # between two lines of the log about clients without a token


class Authentication:
    """Who may ask what. Raises ValueError for a variable that is not set."""

    def __init__(self, settings: Settings) -> None:
        self._inference = _token(settings.token_variable)
        self._control = _token(settings.control_token_variable) or self._inference
        self._refused, self._next_line = 0, 0.0

    def allows(self, path: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether a request carries the token that its path asks for; compared in constant time."""
        expected = self._control if path.startswith(CONTROL_PATHS) else self._inference
        if expected is None or path.startswith(OPEN_PATHS):
            return True
        return any(name == HEADER and _equal(value, expected) for name, value in headers)

    def allows_call(self, name: str, metadata: Any) -> bool:
        """The same for a call of gRPC, whose metadata are its headers."""
        path = "/v2/repository/" if name.startswith("Repository") else "/v2/"
        if name in ("ServerLive", "ServerReady"):
            path = "/v2/health/"
        return self.allows(
            path, ((key.encode(), value.encode()) for key, value in metadata or () if isinstance(value, str))
        )

    def refusal(self, asked: str, client: str) -> RefusedError:
        """What a client without the token is told. The log says who it was, at most once a second."""
        self._refused += 1
        if monotonic() >= self._next_line:
            said = "%s asked for %s without the token; %d such requests since the start"
            log.warning(said, client, shown(asked), self._refused)
            self._next_line = monotonic() + LINE_SECONDS
        return RefusedError(401, "a bearer token is missing or wrong, expected the server's")


def _equal(header: bytes, expected: bytes) -> bool:
    scheme, _, token = header.partition(b" ")
    return hmac.compare_digest(token.strip(), expected) and scheme.lower() == b"bearer"


def _token(variable: str | None) -> bytes | None:
    if variable is None:
        return None
    token = os.environ.get(variable, "")
    if not token or token != token.strip():
        raise ValueError(
            f"the environment variable {variable} holds no token; set it, or leave the option away"
        )
    return token.encode()
