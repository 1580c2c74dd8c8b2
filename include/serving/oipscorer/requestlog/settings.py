"""Where the request log goes."""

from pathlib import Path

from msgspec import Struct


class LogSettings(Struct, frozen=True):
    """What the command line sets.

    share: of the requests, 0 to 1.
    capacity: requests that wait to be written.
    size, kept: bytes of a file, and how many full ones stay.
    kafka: options of librdkafka; without any, nothing goes to Kafka.
    """

    folder: Path | None = None
    share: float = 1.0
    capacity: int = 10_000
    size: int = 64 * 2**20
    kept: int = 16
    kafka: dict[str, str] = {}
    topic: str = ""

    def wanted(self) -> bool:
        """Whether anything is logged."""
        return self.folder is not None or bool(self.kafka)
