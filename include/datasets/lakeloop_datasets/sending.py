"""Sends to Kafka the events that had happened by the end of a day, each with the time it arrived at.

A topic's messages follow from the data and the share of dirt alone, in each partition in one order. So what a partition
holds already says where to go on: a replay can be repeated, continued, or killed in the middle, and no event is sent
twice.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic, sleep
from time import time as epoch_seconds

import pandas as pd
from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from lakeloop.config import EventSource
from lakeloop.config.source import EventTable

from .dirt import check_share, dirty_lines
from .registry import NoDataError, event_dataset

DIRT = 0.0005
SECONDS = 30
DAY_MS = 86_400_000
NO_LEADER_YET = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
)


class SendingError(RuntimeError):
    """A broker cannot be reached, or did not take a message."""


@dataclass(frozen=True)
class Message:
    """One event as it is sent; `timestamp` in milliseconds since 1970 (UTC), when it arrived."""

    partition: int
    key: bytes
    value: bytes
    timestamp: int


@dataclass(frozen=True)
class Sent:
    """What one replay did."""

    topics: tuple[str, ...]
    through: date
    written: int
    already_there: int

    def __str__(self) -> str:
        kept = f", {self.already_there:,} were there already" if self.already_there else ""
        return f"{', '.join(self.topics)}: through {self.through}, {self.written:,} events sent{kept}"


@dataclass
class Live:
    """The newest events of one table are sent one by one, so that one sees how fast they are decided on.

    Args:
        table: whose events.
        events: how many of them; None: all.
        per_second: the pace.
        sent: filled with the time (seconds since 1970) at which each was sent, by its key.
    """

    table: str
    events: int | None = None
    per_second: float = 400.0
    sent: dict[str, float] = field(default_factory=dict)


def send(
    source: EventSource,
    through: date,
    client: Mapping[str, str],
    dirt: float = DIRT,
    live: Live | None = None,
) -> Sent:
    """Send every event up to the end of the day `through` that its topic does not hold yet.

    Args:
        client: settings of ``confluent_kafka``'s clients.
        dirt: share of dirty messages beside the real ones.
        live: which of them are sent one by one; None: all at once.

    Raises:
        NoDatasetError: there are no events for this source.
        NoDataError: a day outside the data, a table or a column that the data do not have.
        ValueError: a share of dirt that is none.
        SendingError: no broker answers, or one refuses a message.
    """
    check_share(dirt)
    planned = {name: list(plan(source, name, through, dirt)) for name in source.tables}
    _make_topics(source, planned, client)
    written = 0
    for name, messages in planned.items():
        due = _due(source.topic(name), messages, client)
        _send(
            source.topic(name),
            due,
            client,
            source.tables[name].keys[0],
            live if live and live.table == name else None,
        )
        written += len(due)
    already = sum(map(len, planned.values())) - written
    return Sent(tuple(source.topic(name) for name in source.tables), through, written, already)


def plan(source: EventSource, name: str, through: date, dirt: float = DIRT) -> Iterator[Message]:
    """All messages of one table up to the end of the day `through`, in the order in which they arrive."""
    table, data = source.tables[name], event_dataset(source.name)
    if not data.FIRST_DAY <= through <= data.HORIZONS[1]:
        raise NoDataError(f"{through}: the data reach from {data.FIRST_DAY} to {data.HORIZONS[1]}")
    rows = data.events(name, list(table.columns), _end_of(through))
    for _, part in rows.groupby(rows["arrival"].dt.floor("D"), sort=True):
        yield from _of_day(table, part, dirt)


def _of_day(table: EventTable, part: pd.DataFrame, dirt: float) -> Iterator[Message]:
    """The day's events, and its dirt at their end."""
    stamps = part["arrival"].astype("datetime64[ms, UTC]").astype("int64").tolist()
    keys = part[table.partition_by].astype(str).tolist()
    text = part[list(table.columns)].to_json(orient="records", lines=True, date_format="iso", date_unit="ms")
    lines = text.splitlines()
    numbers = (name for name, column in table.columns.items() if column.type == "double")
    number = next((name for name in numbers if name not in table.keys), None)
    added = dirty_lines(lines, dirt, number, table.event_time) if number else []
    for key, line, stamp in zip(
        [*keys, *keys[: len(added)]], [*lines, *added], [*stamps, *stamps[-1:] * len(added)], strict=True
    ):
        yield Message(partition_of(key, table.partitions), key.encode(), line.encode(), stamp)


def partition_of(key: str, partitions: int) -> int:
    """As librdkafka's partitioner `consistent` chooses: CRC32 of the key."""
    return zlib.crc32(key.encode()) % partitions


def _due(topic: str, messages: Sequence[Message], client: Mapping[str, str]) -> list[Message]:
    """The messages that the topic does not hold yet."""
    present, seen, due = ends_of(topic, client), Counter[int](), []
    for message in messages:
        seen[message.partition] += 1
        if seen[message.partition] > present.get(message.partition, 0):
            due.append(message)
    return due


def _send(
    topic: str, messages: Sequence[Message], client: Mapping[str, str], key: str, live: Live | None
) -> None:
    producer, refused = _producer(client, linger_ms=0 if live else 20), []
    first_live = len(messages) - _paced(live, messages)
    for place, message in enumerate(messages):
        if live and place >= first_live:
            _take_pace(producer, live)
            _note(live, key, message)
        _produce(producer, topic, message, lambda error, _: refused.append(error) if error else None)
    left = producer.flush(SECONDS)
    if left or refused:
        why = refused[:1] or "no answer"
        raise SendingError(f"{topic}: {left + len(refused)} messages were not taken ({why})")


def _paced(live: Live | None, messages: Sequence[Message]) -> int:
    return 0 if live is None else len(messages) if live.events is None else live.events


def _take_pace(producer: Producer, live: Live) -> None:
    """What was sent at once is out of the way first."""
    if not live.sent:
        producer.flush(SECONDS)
    sleep(1 / live.per_second)


def _note(live: Live, key: str, message: Message) -> None:
    try:
        live.sent[str(json.loads(message.value)[key])] = epoch_seconds()
    except ValueError:
        return  # one of the dirty ones


def _produce(producer: Producer, topic: str, message: Message, told) -> None:  # type: ignore[no-untyped-def]
    while True:
        try:
            producer.produce(
                topic,
                value=message.value,
                key=message.key,
                partition=message.partition,
                timestamp=message.timestamp,
                on_delivery=told,
            )
            producer.poll(0)
            return
        except BufferError:  # its queue is full: wait until some are delivered
            producer.poll(0.5)


def _producer(client: Mapping[str, str], linger_ms: int) -> Producer:
    more = {"enable.idempotence": True, "linger.ms": linger_ms, "compression.type": "lz4"}
    return Producer({**client, **more})


def ends_of(topic: str, client: Mapping[str, str]) -> dict[int, int]:
    """How many messages each partition has ever held; a topic that has just been made has no leader for a moment."""
    admin, until = AdminClient(dict(client)), monotonic() + SECONDS
    while True:
        try:
            return _ends(admin, topic)
        except KafkaException as error:
            if monotonic() > until or error.args[0].code() not in NO_LEADER_YET:
                raise SendingError(f"{topic}: {error}") from error
        sleep(0.1)


def _ends(admin: AdminClient, topic: str) -> dict[int, int]:
    partitions = admin.list_topics(topic, timeout=SECONDS).topics[topic].partitions
    asked = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in partitions}
    found = admin.list_offsets(asked, request_timeout=SECONDS)
    return {place.partition: future.result(SECONDS).offset for place, future in found.items()}


def _make_topics(
    source: EventSource, planned: Mapping[str, list[Message]], client: Mapping[str, str]
) -> None:
    """Create the topics that are missing. Their retention counts from the oldest event: a replay sends old ones."""
    admin, now = AdminClient(dict(client)), datetime.now(UTC).timestamp() * 1000
    wanted = []
    for name, messages in planned.items():
        table = source.tables[name]
        age = max(0, now - messages[0].timestamp) if messages else 0
        retention = str(round(age + table.retention_days * DAY_MS))
        wanted.append(
            NewTopic(
                source.topic(name), table.partitions, replication_factor=1, config={"retention.ms": retention}
            )
        )
    try:
        present = admin.list_topics(timeout=SECONDS).topics
        missing = [topic for topic in wanted if topic.topic not in present]
        made = admin.create_topics(missing) if missing else {}
        for future in made.values():
            future.result(SECONDS)
    except KafkaException as error:
        raise SendingError(f"no broker answers at {client.get('bootstrap.servers')}: {error}") from error


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
