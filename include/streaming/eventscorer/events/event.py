"""A message as Kafka delivered it, and what it was found to be."""

from typing import Any

from msgspec import Struct


class Record(Struct, frozen=True, gc=False):
    """A message of the input topic.

    Args:
        timestamp: milliseconds since 1970 at which its producer sent it.
    """

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Event(Struct, frozen=True):
    """A message that may be scored.

    Args:
        time: seconds since 1970 at which it happened.
        fields: the whole JSON object.
    """

    record: Record
    id: str
    key: str
    time: float
    fields: dict[str, Any]


class Rejected(Struct, frozen=True):
    """A message that goes to the dead letters.

    Args:
        reason: ``junk``, ``oversized``, ``no_key``, ``schema``, ``late``, ``early``, ``duplicate`` or ``unscorable``.
        detail: what was seen and what was expected.
    """

    record: Record
    reason: str
    detail: str


Checked = Event | Rejected
