"""Reads decisions and dead letters as a reader of committed messages does: when each came, and how often."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
from confluent_kafka import Consumer, TopicPartition

from lakeloop_datasets.sending import ends_of


class Decision(msgspec.Struct):
    """As far as it is counted."""

    event_id: str
    version: str


@dataclass
class Reader:
    """A context manager that reads in a thread.

    Attributes:
        seen: seconds since 1970 of the first decision, by event.
        again: how many decisions more than one there were, by event.
        dead: ids of the dead letters.
        versions: of each second, how many decisions each version took.
    """

    client: Mapping[str, str]
    use_case: str
    seen: dict[str, float] = field(default_factory=dict)
    again: Counter[str] = field(default_factory=Counter)
    dead: set[str] = field(default_factory=set)
    versions: dict[int, Counter[str]] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._decisions, dead = f"{self.use_case}.decisions", f"{self.use_case}.dead_letters"
        places = [
            TopicPartition(topic, number, at)
            for topic in (self._decisions, dead)
            for number, at in ends_of(topic, self.client).items()
        ]
        self._thread = threading.Thread(target=self._read, args=(places,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def wait_for(self, ids: Mapping[str, float], seconds: float) -> None:
        """Until each has a decision or is a dead letter, or the time is over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and any(
            name not in self.seen and name not in self.dead for name in ids
        ):
            time.sleep(0.2)

    def _read(self, places: list[TopicPartition]) -> None:
        own: dict[str, Any] = {"group.id": "soak", "enable.auto.commit": False, "log_level": 0}
        consumer = Consumer({**self.client, **own, "isolation.level": "read_committed"})
        consumer.assign(places)
        decoder = msgspec.json.Decoder(Decision)
        while not self._over.is_set():
            for message in consumer.consume(2000, 0.05):
                if message.error() is None:
                    self._take(message, decoder)
        consumer.close()

    def _take(self, message: Any, decoder: "msgspec.json.Decoder[Decision]") -> None:
        now, value = time.time(), message.value() or b""
        if message.topic() != self._decisions:
            self.dead.add(msgspec.json.decode(value)["transaction_id"])
            return
        decision = decoder.decode(value)
        self.versions.setdefault(int(now), Counter())[decision.version] += 1
        if decision.event_id in self.seen:
            self.again[decision.event_id] += 1
        else:
            self.seen[decision.event_id] = now
