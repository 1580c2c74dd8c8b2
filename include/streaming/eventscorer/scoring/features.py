"""Features of events: those that stand in the event, and those of an engine, which keeps a state."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from msgspec import Struct

from eventfeatures import Engine, EventError, StateError
from eventfeatures.stores import Entry, StateStore

from ..errors import ConfigError
from ..events.event import Event

FLOAT32 = float(np.finfo(np.float32).max)


class Computed(Struct, frozen=True):
    """The features of a batch.

    Args:
        matrix: float64, [events that were not refused, names], NaN where a value is missing.
        refused: why an event has no features, by its place in the batch.
        entries: the states that follow from the batch.
    """

    matrix: np.ndarray
    refused: Mapping[int, str]
    entries: Sequence[Entry] = ()


class Features(Protocol):
    """Computes the features of a batch, in the order of its events."""

    @property
    def names(self) -> Sequence[str]:
        """Of the features, in the order of the matrix."""

    def compute(self, events: Sequence[Event]) -> Computed:
        """The features of events; nothing is written. Raises StoreError, ConfigError for states of other features."""


class MessageFeatures:
    """Features that stand in the event itself; the schema has promised that they are numbers, booleans or null."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    def compute(self, events: Sequence[Event]) -> Computed:
        """See :class:`Features`."""
        refused: dict[int, str] = {}
        try:
            return Computed(self._matrix(events), refused)
        except OverflowError:  # an integer beyond a double
            refused = {place: said for place, event in enumerate(events) if (said := self._beyond(event))}
            kept = [event for place, event in enumerate(events) if place not in refused]
            return Computed(self._matrix(kept), refused)

    def _matrix(self, events: Sequence[Event]) -> np.ndarray:
        rows = [[event.fields[name] for name in self.names] for event in events]
        return np.array(rows, dtype=np.float64).reshape(len(events), len(self.names))

    def _beyond(self, event: Event) -> str:
        beyond = [name for name in self.names if _is_beyond(event.fields[name])]
        return f"{', '.join(beyond)} beyond float32" if beyond else ""


class EngineFeatures:
    """Features that `eventfeatures` computes from states in a store, which a batch job may have made.

    Args:
        definition: see the README of eventfeatures.
    """

    def __init__(self, definition: Mapping[str, Any], store: StateStore) -> None:
        self._engine, self._store = Engine(definition), store
        self.names = tuple(self._engine.names)
        self._numbers = self._engine.numbers

    def compute(self, events: Sequence[Event]) -> Computed:
        """See :class:`Features`. An event that is refused has not gone into any state."""
        try:
            return self._computed(events, {})
        except EventError:
            refused = {place: said for place, event in enumerate(events) if (said := self._refusal(event))}
            kept = [event for place, event in enumerate(events) if place not in refused]
            return self._computed(kept, refused)

    def _computed(self, events: Sequence[Event], refused: Mapping[int, str]) -> Computed:
        for event in events:
            self._require_float32(event)
        try:
            prepared = self._engine.prepare([event.fields for event in events], self._store)
        except StateError as error:
            raise ConfigError(f"definition, store: {error}") from error
        return Computed(prepared.features, refused, prepared.entries)

    def _refusal(self, event: Event) -> str:
        try:
            self._engine.check(event.fields)
            self._require_float32(event)
        except EventError as error:
            return str(error)
        return ""

    def _require_float32(self, event: Event) -> None:
        """A number that no model takes would make sums and means infinite for as long as they remember it."""
        for name in self._numbers:
            if _is_beyond(event.fields.get(name)):
                raise EventError(f"event {event.id!r}: {name} is beyond float32")


def _is_beyond(value: Any) -> bool:
    return isinstance(value, float | int) and not -FLOAT32 <= value <= FLOAT32
