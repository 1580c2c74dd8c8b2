"""No skew: features computed online, in micro-batches, are those of the training set to the last bit."""

from datetime import date
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from eventfeatures import Engine, State
from eventfeatures.stores import StateStore
from eventfeatures_testing.definitions import fraud
from lakeloop_datasets.cards import generate

DAYS, CARDS = 40, 150
LARGEST = 700  # events of a micro-batch


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(fraud())


@pytest.fixture(scope="module")
def payments() -> pd.DataFrame:
    return generate(date(2025, 3, 1), DAYS, cards=CARDS).transactions


@pytest.fixture(scope="module")
def training_set(engine: Engine, payments: pd.DataFrame) -> pa.Table:
    return engine.replay(payments)


def records(payments: pd.DataFrame) -> list[dict[str, Any]]:
    """Payments as a consumer sees them."""
    return pa.Table.from_pandas(payments, preserve_index=False).to_pylist()


def bits(engine: Engine, table: pa.Table) -> bytes:
    return np.column_stack([table[name].to_numpy() for name in engine.names]).tobytes()


@pytest.mark.parametrize("kind", ["redis_store", "postgres_store"])
def test_the_online_path_equals_the_training_set(
    kind: str, engine: Engine, payments: pd.DataFrame, training_set: pa.Table, request: pytest.FixtureRequest
) -> None:
    store: StateStore = request.getfixturevalue(kind)
    rest = records(payments)
    assert len(rest) > 5000
    random, online = Random(17), []

    while rest:
        size = random.randint(1, LARGEST)
        online.append(engine.batch(rest[:size], store))
        rest = rest[size:]

    assert len(online) > 10
    assert np.vstack(online).tobytes() == bits(engine, training_set)


def test_parts_by_entity_joined_by_event_equal_the_training_set(
    engine: Engine, payments: pd.DataFrame, training_set: pa.Table
) -> None:
    joined = engine.own.replay(payments)
    for entity in engine.entities:
        part = engine.of(entity)
        groups = [part.replay(events) for _, events in payments.groupby(part.key)]
        assert len(groups) > 50
        joined = joined.join(pa.concat_tables(groups), "transaction_id")

    assert bits(engine, joined.sort_by("transaction_id")) == bits(engine, training_set)


def test_a_stream_goes_on_from_states_that_a_replay_published(
    engine: Engine, payments: pd.DataFrame, training_set: pa.Table, request: pytest.FixtureRequest
) -> None:
    store = request.getfixturevalue("redis_store")
    half = len(payments) // 2
    states: dict[tuple[str, str], State] = {}
    engine.replay(payments[:half], states)
    entries = [engine.entry(entity, key, state) for (entity, key), state in states.items()]
    assert store.seed(entries) == len(states)

    online = engine.batch(records(payments[half:]), store)

    assert online.tobytes() == bits(engine, training_set[half:])
