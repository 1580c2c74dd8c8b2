"""Every way to compute features gives the same, and it is what a slow and obvious way gives."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventfeatures import DefinitionError, Engine, EventError, State
from eventfeatures.stores import ConflictError, Entry, MemoryStore
from eventfeatures_testing import oracle
from eventfeatures_testing.definitions import every_kind
from eventfeatures_testing.events import FIRST, histories

ENGINE = Engine(every_kind())
Event = dict[str, Any]


def stepped(engine: Engine, events: list[Event]) -> np.ndarray:
    """Features event by event, with states in a dict."""
    kept: dict[tuple[str, str], State] = {}
    rows = []
    for event in events:
        own = {name: kept.setdefault((name, event[name]), engine.fresh()[name]) for name in engine.entities}
        rows.append(engine.step(own, event))
    return np.array(rows)


def columns(engine: Engine, table: pa.Table) -> bytes:
    """The features of a table, to the last bit."""
    return np.column_stack([table[name].to_numpy() for name in engine.names]).tobytes()


@settings(max_examples=150, deadline=None)
@given(histories(late=True))
def test_features_are_those_of_an_obvious_implementation(events: list[Event]) -> None:
    expected = np.array(oracle.rows(ENGINE.definition, events))

    got = stepped(ENGINE, events)

    roundings = ["zscore" in name for name in ENGINE.names]
    exact = [not rounds for rounds in roundings]
    pd.testing.assert_frame_equal(
        pd.DataFrame(got[:, exact]), pd.DataFrame(expected[:, exact]), check_exact=True
    )
    np.testing.assert_allclose(got[:, roundings], expected[:, roundings], rtol=1e-6, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_step_batch_replay_and_parts_agree_to_the_last_bit(events: list[Event], data: st.DataObject) -> None:
    store, expected, batches = MemoryStore(), stepped(ENGINE, events), []
    rest = list(events)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        batches.append(ENGINE.batch(rest[:size], store))
        rest = rest[size:]
    table = pa.Table.from_pylist(events)

    assert np.vstack(batches).tobytes() == expected.tobytes()
    assert columns(ENGINE, ENGINE.replay(table)) == expected.tobytes()
    joined = ENGINE.own.replay(table)
    for entity in ENGINE.entities:
        joined = joined.join(ENGINE.of(entity).replay(table), "name").sort_by("name")
    assert columns(ENGINE, joined) == expected.tobytes()


@settings(max_examples=40, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_a_replay_does_not_depend_on_the_order_of_rows(events: list[Event], random: Any) -> None:
    shuffled = random.sample(events, len(events))

    some_order, another = (ENGINE.replay(pa.Table.from_pylist(rows)) for rows in (events, shuffled))

    assert another["name"] == some_order["name"]
    assert columns(ENGINE, another) == columns(ENGINE, some_order)


@settings(max_examples=40, deadline=None)
@given(histories(), st.integers(0, 40))
def test_a_replay_in_two_parts_goes_on_from_its_states(events: list[Event], cut: int) -> None:
    states: dict[tuple[str, str], State] = {}
    parts = [
        pa.Table.from_pylist(events, schema=SCHEMA)[:cut],
        pa.Table.from_pylist(events, schema=SCHEMA)[cut:],
    ]

    halves = pa.concat_tables([ENGINE.replay(part, states) for part in parts if part.num_rows])

    assert columns(ENGINE, halves) == stepped(ENGINE, events).tobytes()
    assert {key for _, key in states} == {e["card"] for e in events} | {e["merchant"] for e in events}


SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("at", pa.int64()),
        ("card", pa.string()),
        ("merchant", pa.string()),
        ("channel", pa.string()),
        ("amount", pa.float64()),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
    ]
)


def an_event(**changed: Any) -> Event:
    """An event that is as it should be, but for what is changed."""
    plain = {"name": "e1", "at": FIRST, "card": "a", "merchant": "x", "channel": "chip", "amount": 1.0}
    return plain | {"latitude": 40.0, "longitude": -3.0} | changed


@pytest.mark.parametrize(
    "at", ["2025-03-01T00:00:00Z", "2025-03-01T01:00:00.000+01:00", pd.Timestamp("2025-03-01", tz="UTC")]
)
def test_times_come_in_several_forms(at: object) -> None:
    assert ENGINE.step(ENGINE.fresh(), an_event(at=at))[3:5] == [0.0, 5.0]  # a Saturday


def test_keys_and_values_may_be_integers() -> None:
    numbered, named = (stepped(ENGINE, [an_event(card=card), an_event(card=card)]) for card in (7, "7"))

    assert numbered.tobytes() == named.tobytes()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount": float("nan")}, "event 'e1': field amount is nan, expected a finite number"),
        ({"amount": "12"}, "event 'e1': field amount is '12', expected a finite number"),
        ({"amount": True}, "event 'e1': field amount is True, expected a finite number"),
        ({"amount": None}, "event 'e1': field amount is None, expected a finite number"),
        ({"card": 1.5}, "event 'e1': field card is 1.5, expected a string or an integer"),
        (
            {"at": "yesterday"},
            "event 'e1': field at is 'yesterday', expected a time from 1970 on with its offset",
        ),
        ({"at": "2025-03-01T00:00:00"}, "field at is '2025-03-01T00:00:00', expected a time"),
        ({"at": -5}, "field at is -5, expected a time"),
    ],
)
def test_an_event_that_cannot_be_is_refused_and_changes_no_state(changed: Event, said: str) -> None:
    states, fresh = ENGINE.fresh(), ENGINE.fresh()

    with pytest.raises(EventError, match=said):
        ENGINE.step(states, an_event(**changed))
    with pytest.raises(EventError, match=said):
        ENGINE.check(an_event(**changed))

    assert states == fresh


def test_an_integer_beyond_a_double_is_refused() -> None:
    with pytest.raises(EventError, match=r"field amount is 1000000.*, expected a finite number"):
        ENGINE.check(an_event(amount=10**400))


def test_a_batch_with_a_bad_event_writes_nothing() -> None:
    store, without = MemoryStore(), an_event()
    del without["merchant"]

    with pytest.raises(EventError, match="event 'e1': field merchant is missing"):
        ENGINE.batch([an_event(), without], store)

    assert store.read("card", ["a"]) == [None]


def test_a_batch_that_was_not_written_is_prepared_again_from_the_same_states() -> None:
    store = MemoryStore()
    ENGINE.batch([an_event()], store)
    next_events = [an_event(name="e2", at=FIRST + 5000), an_event(name="e3", at=FIRST + 7000)]

    lost = ENGINE.prepare(next_events, store)
    with pytest.raises(EventError, match="amount is None"):
        ENGINE.prepare([*next_events, an_event(amount=None)], store)
    again = ENGINE.prepare(next_events, store)

    assert again.features.tobytes() == lost.features.tobytes()
    assert [entry.content for entry in again.entries] == [entry.content for entry in lost.entries]
    again.commit({"p0": 3})
    with pytest.raises(
        ConflictError, match=r"state of card a was changed since it was read \(with 1 events\)"
    ):
        lost.commit({"p0": 3})
    assert store.positions() == {"p0": 3}


class Counting(MemoryStore):
    """Counts how often it is asked."""

    reads = writes = 0

    def read_many(self, wanted: Sequence[tuple[str, str]]) -> list[bytes | None]:
        self.reads += 1
        return super().read_many(wanted)

    def write(self, entries: Sequence[Entry], *also: Mapping[str, Any] | None) -> None:
        self.writes += 1
        super().write(entries, *also)


@settings(max_examples=20, deadline=None)
@given(histories())
def test_a_batch_costs_one_read_and_one_write(events: list[Event]) -> None:
    store = Counting()

    ENGINE.batch(events, store)

    assert (store.reads, store.writes) == (1, 1)


def test_a_batch_of_no_events_is_one() -> None:
    assert ENGINE.batch([], MemoryStore()).shape == (0, len(ENGINE.names))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            pd.DataFrame({"at": [1]}),
            "the events have no column name, channel, merchant, card, amount, .*; they have at",
        ),
        (
            pd.DataFrame([an_event(at=pd.Timestamp("2025-03-01"))]),
            r"column at holds times without a time zone \(timestamp\[ns\]\), expected times in UTC",
        ),
    ],
)
def test_a_table_that_cannot_be_is_refused(table: pd.DataFrame, said: str) -> None:
    with pytest.raises(EventError, match=said):
        ENGINE.replay(table)


def test_an_entity_that_is_not_there_is_refused() -> None:
    with pytest.raises(DefinitionError, match="there is no entity shop; there are card, merchant"):
        ENGINE.of("shop")


def test_pandas_and_arrow_give_the_same() -> None:
    events = [
        an_event(name=f"e{i}", at=pd.Timestamp(FIRST + i * 7000, unit="ms", tz="UTC")) for i in range(9)
    ]
    frame = pd.DataFrame(events)

    of_pandas, of_arrow = ENGINE.replay(frame), ENGINE.replay(pa.Table.from_pandas(frame))

    assert columns(ENGINE, of_pandas) == columns(ENGINE, of_arrow) == stepped(ENGINE, events).tobytes()
