"""Kafka and Redis, which the stack runs where its settings ask for real time."""

from collections.abc import Callable

from ...jars import Jars
from ...machine.home import Home
from ...machine.settings import StackSettings
from ..credentials import Credentials
from ..service import Service
from .kafka import kafka_environment, kafka_service, prepare_kafka
from .redis import prepare_redis, redis_environment, redis_service

VARIABLES = ("KAFKA_", "REDIS_")  # what the variables of their clients begin with


def realtime_services(settings: StackSettings, secrets: Credentials, jars: Jars) -> tuple[Service, ...]:
    """The broker and Redis. Raises RedisError where Redis' server is not on this machine."""
    return kafka_service(settings, secrets, jars), redis_service(settings, secrets)


def realtime_preparations(
    settings: StackSettings, secrets: Credentials, jars: Jars
) -> dict[str, Callable[[object], None]]:
    """What must be there before they start, by name; each may be done again. Nothing without real time."""
    home = Home(settings.home)
    if not settings.realtime:
        return {}
    return {
        "kafka-storage": lambda _: prepare_kafka(settings, secrets, home, jars),
        "redis-conf": lambda _: prepare_redis(settings, secrets, home),
    }


def realtime_environment(settings: StackSettings, secrets: Credentials) -> dict[str, str]:
    """Variables of their clients."""
    return {**kafka_environment(settings, secrets), **redis_environment(settings, secrets)}
