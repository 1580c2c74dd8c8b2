"""Events are sent once, in one order, however often and from wherever a replay begins again."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from lakeloop.config import EventSource, load_source
from lakeloop_datasets import NoDatasetError, days
from lakeloop_datasets.card_events import FIRST_DAY, HORIZONS, events
from lakeloop_datasets.registry import NoDataError
from lakeloop_datasets.sending import Live, SendingError, plan, send
from tests.include.stack.services.realtime.conftest import Realtime, realtime_in

SHORT = FIRST_DAY + timedelta(days=1)


@pytest.fixture
def cards() -> EventSource:
    """The source under topics of its own."""
    source = load_source("cards")
    assert isinstance(source, EventSource)
    return source.model_copy(update={"topics": f"cards-{uuid4().hex[:8]}"})


@pytest.fixture(scope="module")
def realtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realtime]:
    with realtime_in(tmp_path_factory.mktemp("sending")) as started:
        yield started


def _held(client: dict[str, str], topic: str) -> dict[int, list[tuple[bytes, int]]]:
    """Value and timestamp of each message, by partition."""
    consumer = Consumer({**client, "group.id": "test", "auto.offset.reset": "earliest"})
    places = [
        TopicPartition(topic, number, 0) for number in consumer.list_topics(topic).topics[topic].partitions
    ]
    consumer.assign(places)
    ends = {place.partition: consumer.get_watermark_offsets(place)[1] for place in places}
    found: dict[int, list[tuple[bytes, int]]] = defaultdict(list)
    while sum(map(len, found.values())) < sum(ends.values()):
        for message in consumer.consume(1000, 5):
            found[message.partition() or 0].append((message.value() or b"", message.timestamp()[1]))
    consumer.close()
    return dict(found)


def _planned(source: EventSource, through: date) -> dict[int, list[tuple[bytes, int]]]:
    planned: dict[int, list[tuple[bytes, int]]] = defaultdict(list)
    for message in plan(source, "transactions", through):
        planned[message.partition].append((message.value, message.timestamp))
    return dict(planned)


def test_a_longer_replay_begins_as_a_shorter_one(cards: EventSource) -> None:
    short, long = list(plan(cards, "transactions", SHORT)), list(plan(cards, "transactions", HORIZONS[0]))

    assert long[: len(short)] == short
    assert len(long) > 100 * len(short) / 3


def test_what_one_card_does_stays_in_order_and_dirt_is_added_in_nobodys_place(cards: EventSource) -> None:
    messages = list(plan(cards, "transactions", SHORT, dirt=0.01))
    clean = list(plan(cards, "transactions", SHORT, dirt=0))

    partitions = defaultdict(set)
    for message in messages:
        partitions[message.key].add(message.partition)
    assert {len(found) for found in partitions.values()} == {1}
    assert len({message.partition for message in messages}) == 4
    assert Counter(m.value for m in messages) > Counter(m.value for m in clean)
    assert [m.timestamp for m in clean] == sorted(m.timestamp for m in clean)
    first = json.loads(clean[0].value)
    assert first["event_time"].endswith("Z")
    assert list(first) == list(cards.tables["transactions"].columns)


def test_a_replay_that_was_cut_off_goes_on_where_it_was(cards: EventSource, realtime: Realtime) -> None:
    topic, messages = cards.topic("transactions"), list(plan(cards, "transactions", SHORT))
    send(cards, FIRST_DAY, realtime.kafka)
    producer = Producer(realtime.kafka)
    for message in messages[: len(messages) // 2]:  # of the first day they are there already
        if message.timestamp >= 1000 * 86_400 * (SHORT - date(1970, 1, 1)).days:
            producer.produce(
                topic, message.value, message.key, message.partition, timestamp=message.timestamp
            )
    assert producer.flush(30) == 0

    sent = send(cards, SHORT, realtime.kafka)
    again = send(cards, SHORT, realtime.kafka)

    assert _held(realtime.kafka, topic) == _planned(cards, SHORT)
    assert again.written == 0
    assert again.already_there == sent.written + sent.already_there
    assert "were there already" in str(again)


def test_the_newest_events_may_come_one_by_one(cards: EventSource, realtime: Realtime) -> None:
    live = Live("transactions", events=20, per_second=200)

    send(cards, FIRST_DAY, realtime.kafka, dirt=0, live=live)

    newest = [json.loads(m.value)["transaction_id"] for m in plan(cards, "transactions", FIRST_DAY, dirt=0)][
        -20:
    ]
    assert list(live.sent) == newest
    times = list(live.sent.values())
    assert times[-1] - times[0] >= 19 / 200


def test_what_is_wrong_is_named(cards: EventSource) -> None:
    with pytest.raises(NoDataError, match=r"2030-01-01: the data reach from 2025-01-01 to 2025-07-09"):
        list(plan(cards, "transactions", date(2030, 1, 1)))
    with pytest.raises(NoDataError, match=r"no column price; it has transaction_id, card_id"):
        events("transactions", ["price"], datetime(2025, 2, 1, tzinfo=UTC))
    with pytest.raises(NoDataError, match=r"no table 'refunds'"):
        events("refunds", [], datetime(2025, 2, 1, tzinfo=UTC))
    with pytest.raises(NoDatasetError, match=r"did you mean cards"):
        days("card")
    with pytest.raises(SendingError, match=r"no broker answers at 127\.0\.0\.1:1"):
        send(cards, FIRST_DAY, {"bootstrap.servers": "127.0.0.1:1", "log_level": "0"})
