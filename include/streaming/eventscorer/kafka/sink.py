"""Writes messages and offsets in one transaction: https://cwiki.apache.org/confluence/display/KAFKA/KIP-447."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaException, Producer, TopicPartition

from ..config import Config
from ..errors import BatchLostError
from ..state.outbox import Outgoing
from .watchdog import Watchdog

log = logging.getLogger(__name__)
TRANSACTION_SECONDS = 60
ANSWER_SECONDS = 5


class Sink:
    """A transactional producer; making one ends what a killed predecessor of the same `instance` left open."""

    def __init__(self, settings: Mapping[str, Any], config: Config) -> None:
        self._topic = config.topic
        self._watchdog = Watchdog(config.stall_seconds)
        self._producer = Producer({**settings, **_transactions(config)})
        _repeated(lambda: self._producer.init_transactions(ANSWER_SECONDS))

    def publish(self, messages: Iterable[Outgoing], offsets: Mapping[int, int], group: Any) -> None:
        """Write all of it or nothing; returns once readers of committed messages see it.

        Args:
            offsets: offset to be read next, by partition of the input topic.
            group: this member's place in its group, see `Source.group`.

        Raises:
            BatchLostError: nothing was written, because the member has lost its partitions, or Kafka gave up.
            KafkaException: another process took this instance's place.
        """
        positions = [TopicPartition(self._topic, partition, offset) for partition, offset in offsets.items()]
        self._producer.begin_transaction()
        try:
            for message in messages:
                self._produce(message)
            _repeated(lambda: self._send_offsets(positions, group))
            _repeated(lambda: self._producer.commit_transaction(ANSWER_SECONDS))
        except KafkaException as error:
            if not error.args[0].txn_requires_abort():
                raise
            _repeated(lambda: self._producer.abort_transaction(ANSWER_SECONDS))
            raise BatchLostError(f"Kafka's transaction was aborted: {error.args[0].str()}") from error

    def _send_offsets(self, positions: list[TopicPartition], group: Any) -> None:
        with self._watchdog.watching("send_offsets_to_transaction"):
            self._producer.send_offsets_to_transaction(positions, group, ANSWER_SECONDS)

    def _produce(self, message: Outgoing) -> None:
        headers: Any = list(message.headers) or None
        while True:
            try:
                self._producer.produce(message.topic, message.value, message.key, headers=headers)
                return
            except BufferError:  # the queue is full: wait until the broker has taken some
                self._producer.poll(0.1)


def _repeated(call: Callable[[], object]) -> None:
    """Call until it succeeds, as librdkafka asks for errors that may pass: each call goes on where the last gave up."""
    deadline = time.monotonic() + 2 * TRANSACTION_SECONDS
    while True:
        try:
            call()
            return
        except KafkaException as error:
            if not error.args[0].retriable() or time.monotonic() > deadline:
                raise
            log.warning("Kafka: %s; trying again", error.args[0].str())


def _transactions(config: Config) -> dict[str, Any]:
    return {
        "transactional.id": f"{config.group}.{config.topic}.{config.instance}",
        "transaction.timeout.ms": TRANSACTION_SECONDS * 1000,
        "linger.ms": 5,
        "compression.type": "lz4",
    }
