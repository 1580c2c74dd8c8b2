"""States in a store that may be away, or be written to by others at the same time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from eventfeatures.stores import MemoryStore
from eventfeatures.stores.redis import RedisStore
from eventfeatures.stores.store import ConflictError, StoreError
from oipscorer.errors import RefusedError

from ..interactions import Interaction
from ..recommender import Recommender, Suggestions
from ..stores import Stored
from .config import MEMORY, StoreSource, variable

ATTEMPTS = 50  # of several writers of one state one gets through each time


class Question(NamedTuple):
    """What is asked of entities."""

    k: int
    new_only: bool
    at: int  # ms since 1970


class Told(NamedTuple):
    """An answer for an entity, and whether the store had a state of it."""

    entity: str
    known: bool
    suggestions: Suggestions


def opened(source: StoreSource) -> MemoryStore | RedisStore:
    """The store that a configuration names; Redis is asked for the first time when a request comes."""
    url = source.url or variable(source.url_variable, "address of a store")
    if url == MEMORY:
        return MemoryStore()
    return RedisStore(url, source.namespace, source.seconds)


class States:
    """The states of one kind of entities.

    Args:
        conflicted: called each time that another writer was quicker.
        failed: called each time that the store did not answer.
    """

    def __init__(
        self,
        store: MemoryStore | RedisStore,
        kind: str,
        conflicted: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        self._store, self._kind = store, kind
        self._conflicted, self._failed = conflicted, failed

    def check(self) -> None:
        """Raises RefusedError (503) where the store does not answer."""
        with self._answering("no request can be answered"):
            self._store.notes(["ready"])

    def observe(self, recommender: Recommender, interactions: Sequence[Interaction]) -> int:
        """Move states on, all or none; of how many entities. Another writer's states are read and moved on again.

        Raises:
            RefusedError: 503, and whether anything was written.
            StateError: a state is damaged or of other settings; nothing was written.
        """
        stored = Stored(recommender, self._store, self._kind)
        for _ in range(ATTEMPTS):
            with self._answering("nothing was written; send it again"):
                entries = stored.moved(interactions)
            try:
                with self._answering("whether all of it or nothing was written is not known"):
                    stored.keep(entries)
                return len(entries)
            except ConflictError:
                self._conflicted()
        raise RefusedError(
            503, f"other writers changed these states {ATTEMPTS} times; nothing was written; send it again"
        )

    def suggest(self, recommender: Recommender, entities: Sequence[str], question: Question) -> list[Told]:
        """Answers from one read. Raises RefusedError (503) and StateError."""
        with self._answering("no suggestion without states; ask again"):
            states = Stored(recommender, self._store, self._kind).states(entities)
        return [
            Told(
                entity,
                state.interactions > 0,
                recommender.suggest(state, question.at, question.k, new_only=question.new_only),
            )
            for entity, state in zip(entities, states, strict=True)
        ]

    def close(self) -> None:
        """Close the connections."""
        if isinstance(self._store, RedisStore):
            self._store.close()

    @contextmanager
    def _answering(self, outcome: str) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            self._failed()
            raise RefusedError(503, f"the store of states does not answer: {error}; {outcome}") from error
