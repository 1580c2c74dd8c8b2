"""What a store of states does."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class ConflictError(RuntimeError):
    """Another writer has changed a state since it was read; nothing was written. Prepare the batch again."""


class Entry(NamedTuple):
    """The state of an entity after a batch."""

    entity: str
    key: str
    content: bytes
    newest: int  # ms since 1970, of the newest event in it
    events: int  # that went into it
    before: int  # events in the state that was read, 0 for none
    keep_ms: int  # how long it is of use without another event


class StateStore(Protocol):
    """Keeps the states of entities as bytes."""

    def read(self, entity: str, keys: Sequence[str]) -> list[bytes | None]:
        """The states of some keys of an entity, None for those that are unknown; one round trip."""

    def read_many(self, wanted: Sequence[tuple[str, str]]) -> list[bytes | None]:
        """The states of (entity, key); one round trip, whatever their number."""

    def write(self, entries: Sequence[Entry], positions: Mapping[str, int] | None = None) -> None:
        """Keep all states and positions or none of them; one round trip.

        Args:
            positions: how far each input has been read, such as offsets by partition, kept with the states, so that a
                reader that died begins again exactly where its states are.

        Raises:
            ConflictError: a state has not `before` events any more.
        """

    def positions(self) -> dict[str, int]:
        """How far each input had been read when its states were written."""

    def seed(self, entries: Sequence[Entry]) -> int:
        """Keep those states whose newest event is newer than that of the state there is; how many these were."""
