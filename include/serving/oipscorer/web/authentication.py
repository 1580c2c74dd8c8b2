"""Bearer tokens, of which inference and control may each have one (RFC 6750)."""

import hmac
import os
from typing import Any

from ..settings import Settings

HEADER = b"authorization"
# What changes or tells what is served; health stays open, since probes carry no token.
CONTROL_PATHS = ("/v2/repository/", "/metrics")
OPEN_PATHS = ("/v2/health/",)


class Authentication:
    """Who may ask what. Raises ValueError for a variable that is not set."""

    def __init__(self, settings: Settings) -> None:
        self._inference = _token(settings.token_variable)
        self._control = _token(settings.control_token_variable) or self._inference

    def allows(self, scope: Any) -> bool:
        """Whether a request carries the token that its path asks for; compared in constant time."""
        path = scope["path"]
        expected = self._control if path.startswith(CONTROL_PATHS) else self._inference
        if expected is None or path.startswith(OPEN_PATHS):
            return True
        return any(name == HEADER and _equal(value, expected) for name, value in scope["headers"])

    def allows_call(self, name: str, metadata: Any) -> bool:
        """The same for a call of gRPC, whose metadata are its headers."""
        path = "/v2/repository/" if name.startswith("Repository") else "/v2/"
        if name in ("ServerLive", "ServerReady"):
            path = "/v2/health/"
        headers = [(key.encode(), value.encode()) for key, value in metadata or () if isinstance(value, str)]
        return self.allows({"path": path, "headers": headers})


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
