"""The features and the state of one entity alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from .aggregates import Plan
from .definition import Definition, Feature
from .fields import Fields
from .state import Codec, State
from .tables import events_in_order, feature_table


class Part:
    """Computes the features of one entity.

    Attributes:
        key: the field with the entity's key.
        names: of the features, in the order of the definition.
        codec: writes and reads states.
        fresh: makes the state of an entity that was never seen.
        memory_ms: an entity without an event for as long is as good as new.
    """

    def __init__(
        self,
        definition: Definition,
        entity: str,
        fields: Fields | None = None,
        slots: Sequence[int] | None = None,
    ) -> None:
        self.key = definition.entities[entity]
        self._fields = fields or Fields(definition.time, definition.id)
        features = [feature for feature in definition.features if feature.entity == entity]
        self.names = [feature.name for feature in features]
        self.codec = Codec(definition, entity, features)
        self._compile(features, definition.location, range(len(features)) if slots is None else slots)

    def _compile(
        self, features: Sequence[Feature], location: tuple[str, str] | None, slots: Sequence[int]
    ) -> None:
        plan = Plan(self._fields, location)
        for feature, slot in zip(features, slots, strict=True):
            plan.add(feature, slot)
        self._key = self._fields.text(self.key)
        self._advances, self.memory_ms, self.fresh = plan.compiled(), plan.memory_ms, plan.fresh

    def key_of(self, texts: list[str]) -> str:
        """The entity's key among the texts of an event."""
        return texts[self._key]

    def step(self, state: State, event: Mapping[str, Any]) -> list[float]:
        """The features of an event, then the event goes into the state.

        Raises:
            EventError: the event lacks a field or has a value of another type; the state is as before.
        """
        row = [0.0] * len(self.names)
        self.advance(state, *self._fields.read(event), row)
        return row

    def advance(
        self, state: State, ms: int, numbers: list[float], texts: list[str], row: list[float]
    ) -> None:
        """`step` with an event that was read before and a row to write into.

        An event that is older than the newest of its entity is late: it is taken as if it came at that time.
        """
        at = ms if ms > state.newest else state.newest
        for advance in self._advances:
            advance(state, at, numbers, texts, row)
        state.newest = at
        state.events += 1

    def replay(self, events: pa.Table | pd.DataFrame, states: dict[str, State] | None = None) -> pa.Table:
        """The features of a table of events, each with what was known just before it.

        Args:
            events: in any order; they are taken by time and, where it is the same, by id.
            states: by key; continued from, and left as they are after the last event. None to begin with nothing.

        Returns:
            the events' id and a column of doubles for each feature, in the order in which the events were taken.

        Raises:
            EventError: a column is missing, or an event has a value of another type.
        """
        states = {} if states is None else states
        ordered = events_in_order(events, self._fields)
        rows = [self._taken(states, *self._fields.read(event)) for event in ordered]
        return feature_table(self._fields.id, ordered, self.names, rows)

    def _taken(
        self, states: dict[str, State], ms: int, numbers: list[float], texts: list[str]
    ) -> list[float]:
        key = texts[self._key]
        if key not in states:
            states[key] = self.fresh()
        row = [0.0] * len(self.names)
        self.advance(states[key], ms, numbers, texts, row)
        return row
