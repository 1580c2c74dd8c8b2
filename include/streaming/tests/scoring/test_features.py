"""Features of the engine, and the events that it refuses."""

from typing import Any

import numpy as np
import pytest

from eventfeatures import Engine
from eventfeatures.stores import MemoryStore
from eventscorer.errors import ConfigError
from eventscorer.events.event import Event, Record
from eventscorer.scoring.features import EngineFeatures, MessageFeatures
from eventscorer_testing.definition import COUNTED
from eventscorer_testing.topics import NAMES, event


def an_event(number: int, **changed: Any) -> Event:
    fields = event(number, **{"customer": "c", **changed})
    return Event(Record(0, number, 0, b"c", None), fields["id"], "c", fields["time"] / 1000, fields)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"amount": "much"}, "event 'e1': field amount is 'much', expected a finite number"),
        ({"amount": 1e39}, "event 'e1': amount is beyond float32"),
        ({"amount": 10**400}, "amount is 1000"),
        ({"customer": None}, "event 'e1': field customer is None"),
    ],
)
def test_an_event_that_is_refused_is_named_and_the_rest_goes_on_without_it(
    bad: dict[str, Any], said: str
) -> None:
    events = [an_event(0), an_event(1), an_event(2)]
    events[1].fields.update(bad)

    computed = EngineFeatures(COUNTED, MemoryStore()).compute(events)

    expected = Engine(COUNTED).batch([events[0].fields, events[2].fields], MemoryStore())
    assert computed.matrix.tobytes() == expected.tobytes()
    assert list(computed.refused) == [1]
    assert said in computed.refused[1]
    assert [entry.events for entry in computed.entries] == [2]


def test_states_of_another_definition_are_named() -> None:
    store, other = MemoryStore(), {**COUNTED, "features": COUNTED["features"][1:2]}
    Engine(other).batch([event(0)], store)

    with pytest.raises(ConfigError, match="definition, store: state of customer c0 was made by definition"):
        EngineFeatures(COUNTED, store).compute([an_event(50, customer="c0")])


def test_an_integer_beyond_a_double_in_a_message_is_refused_alone() -> None:
    computed = MessageFeatures(NAMES).compute([an_event(0, amount=10**400), an_event(2)])

    assert computed.refused == {0: "amount beyond float32"}
    assert computed.matrix.tolist() == [[1.0, 2.0, 0.02]]
    assert np.isfinite(computed.matrix).all()
