"""Writing events, and reading what was decided as a reader of committed messages does."""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

NAMES = ["amount", "visits", "share"]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "time": {"type": "integer"},
        "customer": {"type": "string"},
        **{name: {"type": "number"} for name in NAMES},
    },
    "required": ["id", "time", *NAMES],
}
START = 1_700_000_000_000


def event(number: int, **changed: Any) -> dict[str, Any]:
    """One per second."""
    features = {"amount": number * 0.5, "visits": number % 7, "share": (number % 100) / 100}
    about = {"id": f"e{number}", "time": START + number * 1000, "customer": f"c{number % 50}"}
    return {**about, **features, **changed}


def write(
    settings: dict[str, Any], topic: str, events: Iterable[dict[str, Any]], spread: bool = False
) -> None:
    """Returns once Kafka has all of them; an event's key is its customer, or its id where it is to be spread."""
    producer = Producer({**settings, "enable.idempotence": True, "linger.ms": 5})
    for one in events:
        producer.produce(topic, json.dumps(one).encode(), one["id" if spread else "customer"])
        producer.poll(0)
    assert producer.flush(60) == 0


def committed(settings: dict[str, Any], topic: str) -> list[Message]:
    """All messages of a topic that a reader of committed messages sees now."""
    options = {"group.id": "check", "isolation.level": "read_committed", "enable.partition.eof": True}
    consumer = Consumer({**settings, **options, "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    messages: list[Message] = []
    open_ends = set(partitions)
    try:
        while open_ends:
            for message in consumer.consume(5000, 1.0):
                error = message.error()
                if error is None:
                    messages.append(message)
                elif error.code() == KafkaError._PARTITION_EOF:
                    open_ends.discard(message.partition())
    finally:
        consumer.close()
    return messages


def ended(settings: dict[str, Any], topic: str) -> int:
    """How far a topic has been written, ends of transactions among it; next to nothing to say for the broker."""
    consumer = Consumer({**settings, "group.id": "ends"})
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    offsets = [consumer.get_watermark_offsets(TopicPartition(topic, number), 10) for number in partitions]
    consumer.close()
    return sum(high for _, high in offsets)


def decoded(messages: Iterable[Message]) -> list[dict[str, Any]]:
    return [json.loads(message.value() or b"") for message in messages]


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 180) -> Any:
    """The condition's first true value; fails when it takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain for {what}")
