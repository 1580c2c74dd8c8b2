"""No skew: what the stream sees of a payment is what the training set has, to the last bit."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from confluent_kafka import Producer

from eventfeatures import Engine, State
from eventfeatures.stores.redis import RedisStore
from eventscorer_testing.broker import Broker
from eventscorer_testing.models import save_model
from eventscorer_testing.process import Scorer
from eventscorer_testing.topics import committed, decoded, wait_until
from lakeloop.config import EventSource, StreamUseCase, load_source, load_use_case
from lakeloop.config.use_case.stream import definition
from lakeloop_datasets.cards import generate

DAYS, CARDS, PARTITIONS = 12, 150, 3
TOPIC, NAMESPACE = "cards.transactions", "fraud"


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """The features of the use case, as the stream is given them."""
    use_case, source = load_use_case("fraud"), load_source("cards")
    assert isinstance(use_case, StreamUseCase)
    assert isinstance(source, EventSource)
    return definition(use_case, source)


@pytest.fixture(scope="module")
def payments() -> pd.DataFrame:
    return generate(date(2025, 3, 1), DAYS, cards=CARDS).transactions


def partition_of(card: str) -> int:
    return int(card.encode().hex(), 16) % PARTITIONS


def send(broker: Broker, payments: pd.DataFrame) -> None:
    """All payments, each as the source of the product sends it."""
    broker.topics(TOPIC, f"{TOPIC}.decisions", f"{TOPIC}.dead_letters", partitions=PARTITIONS)
    producer = Producer(broker.settings)
    lines = payments.to_json(orient="records", lines=True, date_format="iso", date_unit="ms").splitlines()
    for card, line in zip(payments["card_id"], lines, strict=True):
        producer.produce(TOPIC, line.encode(), card.encode(), partition_of(card))
    assert producer.flush(30) == 0


def seed(engine: Engine, payments: pd.DataFrame, redis_url: str) -> int:
    """What a batch job does: states as of these payments, and the messages that they know."""
    states: dict[tuple[str, str], State] = {}
    engine.replay(payments, states)
    entries = [engine.entry(entity, key, state) for (entity, key), state in states.items()]
    known = payments["card_id"].map(partition_of).value_counts()
    store = RedisStore(redis_url, NAMESPACE)
    kept = store.seed(entries, {f"kafka://{TOPIC}/{number}": int(count) for number, count in known.items()})
    store.close()
    return kept


def bits(rows: list[dict[str, float | None]], names: list[str]) -> bytes:
    return np.array([[row[name] for name in names] for row in rows], dtype=np.float64).tobytes()


@pytest.mark.timeout(300)
def test_a_stream_that_goes_on_from_seeded_states_equals_the_training_set(
    plain: dict[str, Any],
    payments: pd.DataFrame,
    broker: Broker,
    redis_url: str,
    scorer: Callable[..., Scorer],
    tmp_path: Path,
) -> None:
    engine, half = Engine(plain), len(payments) // 2
    assert half > 500
    send(broker, payments)
    assert seed(engine, payments[:half], redis_url) > 100
    save_model(tmp_path / "m", engine.names)
    running = scorer(
        {
            "topic": TOPIC,
            "group": "fraud",
            "schema": {"type": "object"},
            "definition": plain,
            "store": {"url": redis_url, "namespace": NAMESPACE},
            "model": {"name": "fraud", "folder": str(tmp_path / "m")},
            "kafka": broker.settings,
            "batch_rows": 70,
            "idle_partition_ms": 60_000,
            "metrics_port": 0,
        }
    )

    def decisions() -> list[dict[str, Any]]:
        return decoded(committed(broker.settings, f"{TOPIC}.decisions"))

    rest = len(payments) - half
    wait_until(lambda: len(decisions()) >= rest, "a decision for each payment of the second half")
    assert running.stop() == 0
    seen = {one["event_id"]: one["features"] for one in decisions()}
    expected: pa.Table = engine.replay(payments)[half:]
    ids = expected["transaction_id"].to_pylist()
    assert sorted(seen) == sorted(ids)
    assert committed(broker.settings, f"{TOPIC}.dead_letters") == []
    assert bits([seen[one] for one in ids], engine.names) == bits(expected.to_pylist(), engine.names)
