"""What is written: decisions, and dead letters with what is wrong with them."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from ..events.event import Event, Rejected
from ..scoring.reasons import Reasons
from ..state.outbox import Outgoing

# A message may have 1 MB; the headers need some of it.
LONGEST_DEAD_LETTER = 900_000


class Decision(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One line of the topic of decisions.

    Args:
        event_time: seconds since 1970.
        features: as they were computed, of which the model sees the nearest float32; null where a value is missing.
        latency_ms: from the message's Kafka timestamp until it was scored.
        reasons: what features added to the raw score, the largest first.
    """

    event_id: str
    key: str
    event_time: float
    score: float | list[float]
    version: str
    features: dict[str, float]
    latency_ms: float
    reasons: Reasons | None = None


class DecisionWriter:
    """Makes the messages of decisions.

    Args:
        names: of the features, in the order of the matrix.
    """

    def __init__(self, topic: str, names: Sequence[str]) -> None:
        self._topic, self._names = topic, tuple(names)
        self._encode = msgspec.json.Encoder().encode

    def write(
        self,
        events: Sequence[Event],
        matrix: np.ndarray,
        versions: Sequence[str],
        scores: np.ndarray,
        reasons: Sequence[Reasons | None],
        now: float,
    ) -> list[Outgoing]:
        """One message for each event, under its key; `now` in seconds since 1970."""
        rows = zip(events, versions, scores.tolist(), matrix.tolist(), reasons, strict=True)
        return [self._message(*row, now) for row in rows]

    def _message(
        self,
        event: Event,
        version: str,
        score: Any,
        row: list[float],
        reasons: Reasons | None,
        now: float,
    ) -> Outgoing:
        features = dict(zip(self._names, row, strict=True))
        latency = round(now * 1000 - event.record.timestamp, 3)
        decision = Decision(event.id, event.key, event.time, score, version, features, latency, reasons)
        return Outgoing(self._topic, event.record.key, self._encode(decision))


def dead_letter(topic: str, source: str, rejected: Rejected) -> Outgoing:
    """The message as it came, with headers that say from where and why; what is too long for one is cut."""
    record = rejected.record
    told = {
        "reason": rejected.reason,
        "detail": rejected.detail[:1000],
        "topic": source,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
    }
    value = record.value
    if value is not None and len(value) > LONGEST_DEAD_LETTER:
        told["cut_from_bytes"], value = len(value), value[:LONGEST_DEAD_LETTER]
    headers = tuple((name, str(said).encode()) for name, said in told.items())
    return Outgoing(topic, record.key, value, headers)
