"""What the stream of a use case decided while events were sent, and how soon: read from the topic of its decisions."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
import numpy as np
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from lakeloop_datasets.sending import ends_of

SECONDS = 30
POLL_SECONDS = 0.05
HIGHEST = 5


class NotDecidedError(RuntimeError):
    """Events wait too long for a decision; the message says how many, and where to look."""


class Decision(msgspec.Struct):
    """As far as it is shown."""

    event_id: str
    score: float
    version: str


@dataclass(frozen=True)
class RealTime:
    """What was decided; latencies in milliseconds, from sending an event until a reader has its decision."""

    decided: int
    refused: int
    versions: Sequence[str]
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    highest: Mapping[str, float]


@dataclass
class DecisionReader:
    """Reads decisions as they are committed, in a thread; a context manager.

    Args:
        client: settings of ``confluent_kafka``'s clients.
        use_case: its name; the topics are called after it.
        topic: of the events.
    """

    client: Mapping[str, str]
    use_case: str
    topic: str
    seen: dict[str, tuple[float, Decision]] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    refused: int = 0
    _first: dict[int, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._first = ends_of(self.topic, self.client)
        topics = (self._decisions, f"{self.use_case}.dead_letters")
        places = [
            TopicPartition(topic, n, at) for topic in topics for n, at in ends_of(topic, self.client).items()
        ]
        self._thread = threading.Thread(target=self._read, args=(places,), name="decisions", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def wait(self, seconds: float) -> None:
        """Wait until the stream has decided on everything that its topic holds. Raises NotDecidedError."""
        until, ends = time.monotonic() + seconds, ends_of(self.topic, self.client)
        while left := self._undecided(ends):
            if time.monotonic() > until:
                raise NotDecidedError(
                    f"{left:,} events of {self.topic} wait for a decision after {seconds:.0f} s; "
                    f"see lakeloop logs {self.use_case}-stream"
                )
            time.sleep(POLL_SECONDS)
        time.sleep(2 * POLL_SECONDS)  # the last ones are committed, and on their way to the reader

    def found(self, sent: Mapping[str, float]) -> RealTime:
        """What was decided; latencies of the events whose time of sending is known."""
        latencies = [1000 * (self.seen[name][0] - at) for name, at in sent.items() if name in self.seen]
        p50, p99 = np.percentile(latencies, [50, 99]).tolist() if latencies else (None, None)
        decisions = [decision for _, decision in self.seen.values()]
        highest = sorted(decisions, key=lambda decision: -decision.score)[:HIGHEST]
        return RealTime(
            decided=len(decisions),
            refused=self.refused,
            versions=sorted({decision.version for decision in decisions}),
            latency_p50_ms=p50,
            latency_p99_ms=p99,
            highest={decision.event_id: decision.score for decision in highest},
        )

    @property
    def _decisions(self) -> str:
        return f"{self.use_case}.decisions"

    def _read(self, places: list[TopicPartition]) -> None:
        own: dict[str, Any] = {"group.id": f"{self.use_case}-loop", "enable.auto.commit": False}
        consumer = Consumer({**self.client, **own, "isolation.level": "read_committed"})
        consumer.assign(places)
        while not self._over.is_set():
            message = consumer.poll(POLL_SECONDS)
            if message is not None and message.error() is None:
                self._take(message)
        consumer.close()

    def _take(self, message: Message) -> None:
        if message.topic() != self._decisions:
            self.refused += 1
            return
        decision = msgspec.json.decode(message.value() or b"", type=Decision)
        self.seen[decision.event_id] = time.time(), decision

    def _undecided(self, ends: Mapping[int, int]) -> int:
        """Events that the stream has not committed; before its first commit, those that came while this reads."""
        places = [TopicPartition(self.topic, partition) for partition in ends]
        admin = AdminClient(dict(self.client))  # kept: what it asks ends with it
        asked = [ConsumerGroupTopicPartitions(f"{self.use_case}-stream", places)]
        [future] = admin.list_consumer_group_offsets(asked).values()
        committed = {place.partition: place.offset for place in future.result(SECONDS).topic_partitions}
        begun = {n: at if at >= 0 else self._first[n] for n, at in committed.items()}
        return sum(end - begun.get(partition, 0) for partition, end in ends.items())
