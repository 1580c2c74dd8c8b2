"""A Kafka topic, through librdkafka's idempotent producer."""

from collections.abc import Callable, Mapping
from typing import Any

Count = Callable[[int], None]


class LogTopic:
    """Hands records to librdkafka, which sends them in the background, retries, and keeps their order by key.

    Args:
        options: librdkafka's own, such as bootstrap.servers and what it takes to log in.
        delivered, failed: called with a number of records.

    Raises ValueError for options that librdkafka does not take, or when confluent-kafka is not installed.
    """

    def __init__(self, topic: str, options: Mapping[str, str], delivered: Count, failed: Count) -> None:
        self._topic, self._delivered, self._failed = topic, delivered, failed
        self._producer = _producer({"enable.idempotence": "true", "linger.ms": "20", **options})

    def write(self, key: bytes | None, line: bytes) -> None:
        """Hands over a record; one that librdkafka has no room for has failed."""
        try:
            self._producer.produce(self._topic, line, key, on_delivery=self._told)
        except BufferError:
            self._failed(1)

    def poll(self) -> None:
        """Learns what has become of records."""
        self._producer.poll(0)

    def close(self, seconds: float) -> None:
        """Sends what is left, for so long."""
        self._producer.flush(seconds)
        self._failed(len(self._producer))

    def _told(self, error: Any, message: Any) -> None:
        self._failed(1) if error is not None else self._delivered(1)


def _producer(options: Mapping[str, str]) -> Any:
    try:
        from confluent_kafka import KafkaException, Producer
    except ImportError:
        raise ValueError("confluent-kafka is not installed; pip install 'oipscorer[kafka]'") from None
    try:
        return Producer(dict(options))
    except KafkaException as error:
        raise ValueError(f"--log-kafka: {error.args[0].str()}") from None
