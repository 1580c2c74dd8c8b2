"""Is the broker, is Redis ready? Each probe speaks the server's own protocol, with the login of a client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

ANSWER_SECONDS = 3


def client_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables of a client as librdkafka names its settings: ``KAFKA_BOOTSTRAP_SERVERS`` is ``bootstrap.servers``."""
    return {name.removeprefix("KAFKA_").lower().replace("_", "."): v for name, v in environment.items()}


@dataclass(frozen=True)
class KafkaServes:
    """Ready when the broker has answered a client's ApiVersions and Metadata, and the controller has let it in.

    Args:
        client: settings as librdkafka names them, ``{"bootstrap.servers": ...}``; they hold a password.
    """

    client: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """A probe with the variables of a client."""
        return cls(client_settings(environment))

    def __call__(self, started: float) -> bool:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        client = AdminClient({**self.client, "log_level": 0, "socket.timeout.ms": ANSWER_SECONDS * 1000})
        try:
            return bool(client.list_topics(timeout=ANSWER_SECONDS).brokers)
        except KafkaException:
            return False


@dataclass(frozen=True)
class Pongs:
    """Ready when Redis answers PING, which it does once it has read its files."""

    url: str = field(repr=False)

    def __call__(self, started: float) -> bool:
        from redis import Redis, RedisError

        with Redis.from_url(self.url, socket_timeout=ANSWER_SECONDS) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False
