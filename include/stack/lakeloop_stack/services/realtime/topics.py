"""The topics of all sources of events, and of what is said about them; a broker makes none by itself."""

from collections.abc import Iterator, Mapping

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from lakeloop.config import EventSource, valid_sources

from ..preparations import PreparationError
from .scoring import stream_use_cases

SECONDS = 30
PARTITIONS = 4  # of what is said of events and requests
# A replay sends messages with times long past, which Kafka would delete as soon as they have come.
FOREVER = {"retention.ms": "-1"}


def make_topics(client: Mapping[str, str]) -> None:
    """Create those that are missing. Raises PreparationError."""
    admin = AdminClient(dict(client))
    try:
        present = admin.list_topics(timeout=SECONDS).topics
        missing = [
            NewTopic(name, partitions, replication_factor=1, config=FOREVER)
            for name, partitions in wanted()
            if name not in present
        ]
        for future in (admin.create_topics(missing) if missing else {}).values():
            _made(future)
    except KafkaException as error:
        raise PreparationError(f"Kafka's topics cannot be made: {error}") from error


def wanted() -> Iterator[tuple[str, int]]:
    """Each topic with its number of partitions."""
    for source in valid_sources():
        if isinstance(source, EventSource):
            for name, table in source.tables.items():
                yield source.topic(name), table.partitions
    for use_case in stream_use_cases():
        yield f"{use_case.name}.decisions", PARTITIONS
        yield f"{use_case.name}.dead_letters", PARTITIONS
        yield f"{use_case.name}.requests", PARTITIONS


def _made(future) -> None:  # type: ignore[no-untyped-def]
    try:
        future.result(SECONDS)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # another command was faster
            raise
