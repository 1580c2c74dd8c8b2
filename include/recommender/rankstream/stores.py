"""Where states are kept: bytes by entity, behind the smallest interface that will do.

It is what the stores of `eventfeatures` offer, in memory, in Redis and in PostgreSQL; any of them fits without being
imported here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from .errors import InteractionError
from .interactions import DAY_MS, Interaction, checked
from .recommender import Recommender, Suggestions
from .settings import Settings
from .state import State, encode

KEPT_HALF_LIVES = 8  # an entity that was away for so many long half-lives is as good as unknown


class Entry(NamedTuple):
    """The state of an entity after an interaction."""

    entity: str  # kind of entity, such as "shopper"
    key: str
    content: bytes
    newest: int  # ms since 1970, of the newest interaction in it
    events: int  # that went into it
    before: int  # events in the state that was read, 0 for none
    keep_ms: int  # how long it is of use without another interaction


class StateStore(Protocol):
    """Keeps the states of entities as bytes."""

    def read(self, entity: str, keys: Sequence[str]) -> list[bytes | None]:
        """The states of some keys of a kind of entity, None for those that are unknown; one round trip."""

    def write(self, entries: Sequence[Any], positions: Mapping[str, int] | None = None) -> None:
        """Keep all states (`Entry`) or none; raises an error where one has not `before` events any more."""


class Stored:
    """A recommender whose states are in a store, where all its processes see them.

    Args:
        kind: of the entities, part of their keys in the store.
    """

    def __init__(self, recommender: Recommender, store: StateStore, kind: str) -> None:
        self._recommender, self._store, self._kind = recommender, store, kind

    def suggest(self, entity: str, now: int, k: int = 10, *, new_only: bool = False) -> Suggestions:
        """See `Recommender.suggest`; one read. Errors of the store pass through."""
        return self._recommender.suggest(self.states([entity])[0], now, k, new_only=new_only)

    def observe(self, interactions: Sequence[Interaction]) -> None:
        """Move states on: one read and one write for all. They are taken in the order in which they are given.

        Raises:
            InteractionError: one cannot be; nothing was written.
            Exception: of the store, such as a conflict with another writer, whereupon nothing was written: repeat it.
        """
        self.keep(self.moved(interactions))

    def moved(self, interactions: Sequence[Interaction]) -> list[Entry]:
        """The states after some interactions, which are not written yet; one read. Raises InteractionError."""
        entities = list(dict.fromkeys(checked(each).entity for each in interactions))
        states = dict(zip(entities, self.states(entities), strict=True))
        before = {entity: state.interactions for entity, state in states.items()}
        for each in interactions:
            self._recommender.observe(states[each.entity], each)
        settings = self._recommender.model.settings
        return [
            entry(self._kind, entity, state, settings, before[entity]) for entity, state in states.items()
        ]

    def keep(self, entries: Sequence[Entry]) -> None:
        """Write all states or none; errors of the store pass through."""
        self._store.write(entries)

    def states(self, entities: Sequence[str]) -> list[State]:
        """The states of some entities, empty ones for those that are unknown; one read.

        Raises:
            InteractionError: an entity is the empty text.
            StateError: a state is damaged or of other settings.
        """
        if not all(entities):
            raise InteractionError("entity is ''; expected a text that is not empty")
        found = self._store.read(self._kind, entities)
        return [self._recommender.decode(content, key) for content, key in zip(found, entities, strict=True)]


def entry(kind: str, entity: str, state: State, settings: Settings, before: int) -> Entry:
    """A state as it is kept; `before`: interactions in the one that it replaces, 0 for none."""
    keep_ms = int(KEPT_HALF_LIVES * settings.long_days * DAY_MS)
    return Entry(kind, entity, encode(state, settings), state.newest, state.interactions, before, keep_ms)
