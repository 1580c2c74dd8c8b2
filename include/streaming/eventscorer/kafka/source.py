"""Reads a topic as a member of a consumer group, from what the group has committed."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from msgspec import Struct

from ..config import Config
from ..errors import ConfigError
from ..events.event import Record

log = logging.getLogger(__name__)
ANSWER_SECONDS = 30
Starts = Mapping[int, int]


class Range(Struct, frozen=True):
    """Offsets of a partition.

    Args:
        committed: what its group is to read next; None where it has committed nothing.
        low, high: of the first message that is kept, and of the next one to come.
    """

    committed: int | None
    low: int
    high: int


class Source:
    """The messages of the partitions that this member was given.

    Each partition is read again from `duplicate_window` messages before its committed offset, so that what is known of
    its past does not depend on who read it.

    Args:
        begin: asked for the offset to be read next, by partition, when partitions are assigned, or begin again.
        drop: told partitions that go to another member.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        config: Config,
        begin: Callable[[Mapping[int, Range]], Starts],
        drop: Callable[[Sequence[int]], None],
    ) -> None:
        self._topic, self._window = config.topic, config.duplicate_window
        self._begin, self._drop = begin, drop
        self._consumer = Consumer({**settings, **_membership(config)})
        self._consumer.subscribe([config.topic], on_assign=self._assigned, on_revoke=self._revoked)
        self._paused: set[int] = set()

    def poll(self, rows: int, seconds: float) -> list[Message]:
        """Up to `rows` messages, ends of partitions among them, as soon as there are so many or the time is over.

        Raises:
            ConfigError: the topic does not exist.
            KafkaException: the group has given this member's place to another process of the same `instance`.
        """
        return [message for message in self._consumer.consume(rows, seconds) if not self._failed(message)]

    def hold(self, partitions: Iterable[int]) -> None:
        """Deliver nothing more of these partitions, and again of all others."""
        wanted = set(partitions)
        self._consumer.pause(self._named(wanted - self._paused))
        self._consumer.resume(self._named(self._paused - wanted))
        self._paused = wanted

    def group(self) -> Any:
        """By which Kafka knows whether this member is still one when it commits."""
        return self._consumer.consumer_group_metadata()

    def end(self, partition: int) -> int:
        """The offset that the partition's next message will have, as far as it is known; -1001 where it is not."""
        known = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), cached=True)
        return int(known[1]) if known else -1001

    def rewind(self) -> None:
        """Begin again from what is committed."""
        self._assigned(self._consumer, self._consumer.assignment())

    def close(self) -> None:
        """Leave the group. A static member's partitions wait for its successor until the session times out."""
        self._consumer.close()

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        if not partitions:
            return
        committed = {one.partition: one.offset for one in consumer.committed(partitions, ANSWER_SECONDS)}
        ranges = {}
        for partition in partitions:
            low, high = consumer.get_watermark_offsets(partition, timeout=ANSWER_SECONDS)
            known = committed[partition.partition]
            ranges[partition.partition] = Range(known if known >= 0 else None, low, high)
        starts = self._begin(ranges)
        # a partition that is assigned again while it is held would stay so for ever
        consumer.resume(self._named(self._paused))
        self._paused.clear()
        log.info("joined: reading %s from %s", self._topic, starts)
        consumer.assign(
            [
                TopicPartition(self._topic, number, max(ranges[number].low, start - self._window))
                for number, start in starts.items()
            ]
        )

    def _revoked(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        gone = [partition.partition for partition in partitions]
        self._paused -= set(gone)
        self._drop(gone)

    def _failed(self, message: Message) -> bool:
        error = message.error()
        if error is None or error.code() == KafkaError._PARTITION_EOF:
            return False
        if error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
            raise ConfigError(f"topic: there is no topic {self._topic!r} in Kafka; make it first")
        if error.fatal():
            raise KafkaException(error)
        log.warning("Kafka: %s", error.str())
        return True

    def _named(self, partitions: Iterable[int]) -> list[TopicPartition]:
        return [TopicPartition(self._topic, partition) for partition in partitions]


def _membership(config: Config) -> dict[str, Any]:
    return {
        "group.id": config.group,
        "group.instance.id": config.instance,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
        "partition.assignment.strategy": "range",
    }


def record_of(message: Message) -> Record:
    """A message as the checks take it."""
    return Record(
        message.partition() or 0,
        message.offset() or 0,
        message.timestamp()[1],
        message.key(),
        message.value(),
    )
