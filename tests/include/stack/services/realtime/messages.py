"""Messages that a topic must keep."""

from typing import Any

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from localbricks_testing.waiting import wait_until

MESSAGES = [f"event {number}".encode() for number in range(500)]


def create(kafka: dict[str, Any], topic: str) -> None:
    admin = AdminClient(kafka)  # kept: what it began ends with it
    admin.create_topics([NewTopic(topic, num_partitions=3)])[topic].result(30)


def write(kafka: dict[str, Any], topic: str) -> None:
    """Returns once each message has been acknowledged."""
    producer = Producer({**kafka, "enable.idempotence": True})
    for number, message in enumerate(MESSAGES):
        producer.produce(topic, message, key=str(number))
    assert producer.flush(30) == 0


def read(kafka: dict[str, Any], topic: str) -> list[bytes]:
    consumer = Consumer({**kafka, "group.id": "reader", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    values: list[bytes] = []
    try:
        wait_until(lambda: _more(consumer, values) >= len(MESSAGES), "all messages", 60)
    finally:
        consumer.close()
    return values


def _more(consumer: Consumer, values: list[bytes]) -> int:
    messages = consumer.consume(1000, timeout=0.5)
    values += [value for message in messages if message.error() is None and (value := message.value())]
    return len(values)
