"""Kafka, Redis and what decides by them, which the stack runs where its settings ask for real time."""

from collections.abc import Callable
from typing import NamedTuple

from ...jars import Jars
from ...machine.home import Home
from ...machine.settings import StackSettings
from ..credentials import Credentials
from ..service import Service
from .kafka import kafka_environment, kafka_service, prepare_kafka
from .probes import client_settings
from .redis import prepare_redis, redis_environment, redis_service
from .scoring import prepare_scoring, scoring_environment, scoring_services
from .suggesting import prepare_suggesting, suggesting_environment, suggesting_services
from .topics import make_topics

VARIABLES = ("KAFKA_", "REDIS_")  # what the variables of their clients begin with


def realtime_services(settings: StackSettings, secrets: Credentials, jars: Jars) -> tuple[Service, ...]:
    """Broker, Redis, scorers, streams and suggesters. Raises RedisError where Redis' server is not on this machine."""
    servers = kafka_service(settings, secrets, jars), redis_service(settings, secrets)
    return (*servers, *scoring_services(settings), *suggesting_services(settings))


class Preparation(NamedTuple):
    """What must be there before a service starts; it may be done again. `after`: services and preparations."""

    name: str
    run: Callable[[object], None]
    after: tuple[str, ...] = ()


def realtime_preparations(
    settings: StackSettings, secrets: Credentials, jars: Jars
) -> tuple[Preparation, ...]:
    """Confs, storage and topics. Nothing without real time."""
    home = Home(settings.home)
    if not settings.realtime:
        return ()
    redis_url = redis_environment(settings, secrets)["REDIS_URL"]
    client = client_settings(kafka_environment(settings, secrets))
    return (
        Preparation("kafka-storage", lambda _: prepare_kafka(settings, secrets, home, jars)),
        Preparation("redis-conf", lambda _: prepare_redis(settings, secrets, home)),
        Preparation("scoring-conf", lambda _: _prepare_deciding(settings, redis_url)),
        Preparation("topics", lambda _: make_topics(client), after=("kafka",)),
    )


def realtime_environment(settings: StackSettings, secrets: Credentials) -> dict[str, str]:
    """Variables of their clients."""
    servers = kafka_environment(settings, secrets) | redis_environment(settings, secrets)
    return servers | scoring_environment(settings) | suggesting_environment(settings)


def _prepare_deciding(settings: StackSettings, redis_url: str) -> None:
    prepare_scoring(settings, redis_url)
    prepare_suggesting(settings, redis_url)
