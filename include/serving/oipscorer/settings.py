"""The limits of one server process."""

from pathlib import Path

from msgspec import Struct

from .requestlog.settings import LogSettings


class Settings(Struct, frozen=True):
    """What the command line sets; see `oipscorer.command`."""

    max_requests: int = 64  # inferences in flight or waiting, before 429
    max_body: int = 16 * 2**20  # bytes
    body_seconds: float = 10.0  # within which a body must have come
    drain_seconds: float = 1.0  # between "not ready" and the end of listening
    take_seconds: float = 10.0  # within which every process must have taken a change
    shadow_rows: int = 10_000  # that wait for shadows
    inline_rows: int = 256  # a larger batch is scored beside the event loop
    roots: tuple[Path, ...] = ()  # below which a load request may name a folder
    allow_missing: bool = False
    host: str = "127.0.0.1"
    grpc_port: int | None = None  # None: no gRPC
    token_variable: str | None = None  # environment variables that hold bearer tokens
    control_token_variable: str | None = None
    count: bool = True  # for GET /metrics
    log: LogSettings = LogSettings()
