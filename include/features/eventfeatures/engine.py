"""All features of a definition, over all its entities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from .definition import Definition, parse
from .errors import DefinitionError
from .fields import Fields, Observation
from .own import Own
from .part import Part
from .state import Cache, State
from .stores import Entry, StateStore
from .tables import events_in_order, feature_table

Name = tuple[str, str]  # entity and key
CACHED = 10_000
SLACK_MS = 7 * 86_400_000  # how far a consumer may lag without losing a state that it still needs


@dataclass(frozen=True)
class Prepared:
    """A batch whose features are known and whose states are not yet written.

    Attributes:
        features: one row for each event, in the order of the events; float64, shape [events, features].
    """

    features: np.ndarray
    entries: list[Entry]
    store: StateStore

    def commit(
        self,
        positions: Mapping[str, int] | None = None,
        notes: Mapping[str, bytes] | None = None,
        since: Mapping[str, int] | None = None,
    ) -> None:
        """Write all states, positions and notes or nothing, see `StateStore.write`. Raises ConflictError."""
        self.store.write(self.entries, positions, notes, since)


class Engine:
    """Computes features event by event, batch by batch or over a table; with the same values to the last bit.

    Args:
        definition: a dict as YAML gives it, see the README, or one that was parsed. DefinitionError names its mistakes.
        cached: how many states stay decoded between batches.

    Attributes:
        names: of the features, in the order of the definition.
        entities: their names.
    """

    def __init__(self, definition: Definition | Mapping[str, Any], cached: int = CACHED) -> None:
        self.definition = definition if isinstance(definition, Definition) else parse(definition)
        self.names = [feature.name for feature in self.definition.features]
        self.entities = list(self.definition.entities)
        self._fields = Fields(self.definition.time, self.definition.id)
        self._cache = Cache(cached)
        self._own = Own(self.definition, self._fields, self._slots(None))
        self._parts = {
            name: Part(self.definition, name, self._fields, self._slots(name)) for name in self.entities
        }

    def _slots(self, entity: str | None) -> list[int]:
        return [at for at, feature in enumerate(self.definition.features) if feature.entity == entity]

    @property
    def fingerprint(self) -> str:
        """Of all that decides what is in the states: 16 hexadecimal digits. States of another one cannot be read."""
        said = "".join(f"{name}={self.of(name).codec.fingerprint.hex()};" for name in sorted(self.entities))
        return blake2b(said.encode(), digest_size=8).hexdigest()

    @property
    def own(self) -> Own:
        """The features that name no entity."""
        return Own(self.definition)

    def of(self, entity: str) -> Part:
        """The features and the state of one entity alone, for which events need no field of the others.

        Raises:
            DefinitionError: there is no such entity.
        """
        if entity not in self._parts:
            raise DefinitionError(f"there is no entity {entity}; there are {', '.join(self.entities)}")
        return Part(self.definition, entity)

    @property
    def numbers(self) -> list[str]:
        """The fields of an event that are read as numbers."""
        return self._fields.numbers

    def check(self, event: Mapping[str, Any]) -> None:
        """Raises EventError where an event lacks a field or has a value of another type."""
        self._fields.read(event)

    def fresh(self) -> dict[str, State]:
        """A state for each entity, as if none of them was ever seen."""
        return {name: part.fresh() for name, part in self._parts.items()}

    def step(self, states: Mapping[str, State], event: Mapping[str, Any]) -> list[float]:
        """The features of an event, then the event goes into the states.

        Args:
            states: of the event's own entities, by the entity's name.

        Raises:
            EventError: the event lacks a field or has a value of another type; the states are as before.
        """
        return self._stepped(states, *self._fields.read(event))

    def _stepped(
        self, states: Mapping[str, State], ms: int, numbers: list[float], texts: list[str]
    ) -> list[float]:
        row = [0.0] * len(self.names)
        self._own.advance(ms, numbers, texts, row)
        for name, part in self._parts.items():
            part.advance(states[name], ms, numbers, texts, row)
        return row

    def batch(self, events: Sequence[Mapping[str, Any]], store: StateStore) -> np.ndarray:
        """The features of events in their order, [events, features]; one read and one write of the store."""
        prepared = self.prepare(events, store)
        prepared.commit()
        return prepared.features

    def prepare(self, events: Sequence[Mapping[str, Any]], store: StateStore) -> Prepared:
        """`batch` up to the write, so that results can be sent before states move on; one read of the store.

        Raises:
            EventError: one of the events cannot be; `check` finds out which.
            StateError: a state in the store is one of another definition.
        """
        read = [self._fields.read(event) for event in events]
        states, before = self._read_states(read, store)
        rows = [self._stepped(self._own_states(states, texts), ms, ns, texts) for ms, ns, texts in read]
        entries = [self.entry(*name, state, before[name]) for name, state in states.items()]
        for (name, state), entry in zip(states.items(), entries, strict=True):
            self._cache.keep(name, entry.content, state)
        return Prepared(np.array(rows, dtype=np.float64).reshape(len(rows), len(self.names)), entries, store)

    def _own_states(self, states: Mapping[Name, State], texts: list[str]) -> dict[str, State]:
        return {name: states[name, part.key_of(texts)] for name, part in self._parts.items()}

    def _read_states(
        self, read: Sequence[Observation], store: StateStore
    ) -> tuple[dict[Name, State], dict[Name, int]]:
        wanted = dict.fromkeys(
            (name, part.key_of(texts)) for _, _, texts in read for name, part in self._parts.items()
        )
        found = store.read_many(list(wanted)) if wanted else []
        states = {name: self._state(name, content) for name, content in zip(wanted, found, strict=True)}
        return states, {name: state.events for name, state in states.items()}

    def _state(self, name: Name, content: bytes | None) -> State:
        known = self._cache.take(name, content) if content is not None else None
        return known if known is not None else self.decode(*name, content)

    def decode(self, entity: str, key: str, content: bytes | None) -> State:
        """The state of bytes, a fresh one for None. Raises StateError."""
        part = self._parts[entity]
        return part.fresh() if content is None else part.codec.decode(content, key)

    def entry(self, entity: str, key: str, state: State, before: int = 0) -> Entry:
        """A state as a store keeps it."""
        part = self._parts[entity]
        content = part.codec.encode(state)
        return Entry(entity, key, content, state.newest, state.events, before, part.memory_ms + SLACK_MS)

    def replay(self, events: pa.Table | pd.DataFrame, states: dict[Name, State] | None = None) -> pa.Table:
        """The features of a table of events, each with what was known just before it; see `Part.replay`.

        Args:
            states: by entity and key; continued from and left as they are after the last event.
        """
        states = {} if states is None else states
        ordered = events_in_order(events, self._fields)
        rows = [self._replayed(states, *self._fields.read(event)) for event in ordered]
        return feature_table(self._fields.id, ordered, self.names, rows)

    def _replayed(
        self, states: dict[Name, State], ms: int, numbers: list[float], texts: list[str]
    ) -> list[float]:
        for name, part in self._parts.items():
            if (name, part.key_of(texts)) not in states:
                states[name, part.key_of(texts)] = part.fresh()
        return self._stepped(self._own_states(states, texts), ms, numbers, texts)
