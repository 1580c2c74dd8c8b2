"""States are small, come back as they were, and one of another definition is refused by name."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventfeatures import Engine, State, StateError
from eventfeatures_testing.definitions import every_kind
from eventfeatures_testing.events import FIRST, histories

ENGINE = Engine(every_kind())


def state_after(events: list[dict[str, Any]]) -> State:
    states = ENGINE.fresh()
    for event in events:
        ENGINE.step(states, event)
    return states["card"]


@settings(max_examples=60, deadline=None)
@given(histories(late=True))
def test_a_state_comes_back_as_it_was(events: list[dict[str, Any]]) -> None:
    state = state_after(events)
    content = ENGINE.entry("card", "a", state).content

    again = ENGINE.decode("card", "a", content)

    assert again == state
    assert ENGINE.entry("card", "a", again).content == content


def test_a_state_stays_small_however_many_events_there_were() -> None:
    events = [
        {
            "name": f"e{i}",
            "at": FIRST + i * 61_000,
            "card": "a",
            "merchant": f"m{i % 40}",
            "channel": "online",
        }
        | {"amount": i / 4, "latitude": 40.0, "longitude": -3.0}
        for i in range(20_000)
    ]

    state = state_after(events)

    assert all(len(ring.buckets) <= 60 for ring in state.rings)
    assert all(len(counted) <= 120 for tally in state.tallies for counted in tally.values.values())
    assert len(ENGINE.entry("card", "a", state).content) < 16_000


def test_what_is_older_than_its_window_leaves_the_state() -> None:
    event = {"name": "e", "card": "a", "channel": "chip", "amount": 1.0, "latitude": 1.0, "longitude": 1.0}
    old = [event | {"at": FIRST, "merchant": f"m{i}"} for i in range(50)]
    late = event | {"at": FIRST + 31 * 86_400_000, "merchant": "new"}

    assert state_after([*old, late]).seen == [{"new": late["at"]}]
    assert all(list(tally.values) == ["new"] for tally in state_after([*old, late]).tallies)
    assert all(ring.counts in ([1], []) for ring in state_after([*old, late]).rings)


def test_a_state_of_another_definition_is_refused_by_name() -> None:
    other = every_kind()
    other["features"] = [f for f in other["features"] if f["name"] != "card_sum_1h"]
    content = ENGINE.entry("card", "a", state_after([])).content

    made, here = (
        content[4:12].hex(),
        Engine(other).entry("card", "a", Engine(other).fresh()["card"]).content[4:12].hex(),
    )

    said = f"state of card C1 was made by definition {made}, this one is {here}. Make the states again by a replay"
    with pytest.raises(StateError, match=re.escape(said)):
        Engine(other).decode("card", "C1", content)


def test_a_feature_of_the_event_alone_leaves_states_as_they_are() -> None:
    more = every_kind()
    more["features"].append({"name": "longitude", "kind": "value", "of": "longitude"})
    content = ENGINE.entry("card", "a", state_after([])).content

    assert Engine(more).decode("card", "a", content) == ENGINE.fresh()["card"]


@pytest.mark.parametrize("kept", [13, 20])
def test_a_state_that_was_cut_is_refused(kept: int) -> None:
    content = ENGINE.entry("card", "a", state_after([])).content

    with pytest.raises(StateError, match="state of card C1 cannot be read: "):
        ENGINE.decode("card", "C1", content[:kept])


@given(st.binary(max_size=40))
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(StateError, match="state of card C1 "):
        ENGINE.decode("card", "C1", content)
