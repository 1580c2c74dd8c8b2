"""What a store of states and of published rows does."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class StoreError(RuntimeError):
    """A store does not answer, or answers what it should not; the text names its address, never a password.

    Whether a write that ended so was done is unknown: compare `positions` before it is tried again.
    """


class ConflictError(RuntimeError):
    """Another writer has changed a state since it was read; nothing was written. Prepare the batch again."""


class OvertakenError(ConflictError):
    """An input has been read further since the batch began; nothing was written. Begin again from `positions`."""


class Entry(NamedTuple):
    """The state of an entity after a batch."""

    entity: str
    key: str
    content: bytes
    newest: int  # ms since 1970, of the newest event in it
    events: int  # that went into it
    before: int  # events in the state that was read, 0 for none
    keep_ms: int  # how long it is of use without another event


def conflict(entry: Entry) -> str:
    """What is said where a state was changed in between."""
    return (
        f"state of {entry.entity} {entry.key} was changed since it was read (with {entry.before} events); "
        "nothing was written, prepare the batch again"
    )


def overtaken(input_: str) -> str:
    """What is said where another reader of the input has written."""
    return f"{input_} was read further since the batch began; nothing was written"


class Published(NamedTuple):
    """A row as it was published."""

    row: dict[str, Any]
    as_of: int  # ms since 1970: the moment for which the row is true


class StateStore(Protocol):
    """Keeps the states of entities as bytes. All raise StoreError where the store does not answer."""

    def read(self, entity: str, keys: Sequence[str]) -> list[bytes | None]:
        """The states of some keys of an entity, None for those that are unknown; one round trip."""

    def read_many(self, wanted: Sequence[tuple[str, str]]) -> list[bytes | None]:
        """The states of (entity, key), None for those that are unknown; one round trip, whatever their number."""

    def write(
        self,
        entries: Sequence[Entry],
        positions: Mapping[str, int] | None = None,
        notes: Mapping[str, bytes] | None = None,
        since: Mapping[str, int] | None = None,
    ) -> None:
        """Keep all states, positions and notes or none of them.

        Args:
            positions: how far each input has been read, such as offsets by partition, kept with the states, so that a
                reader that died begins again exactly where its states are.
            notes: bytes of the caller's own by name, such as what is still to be sent; each replaces the one before.
            since: where the batch began in inputs that are among `positions`.

        Raises:
            ConflictError: a state has not `before` events any more.
            OvertakenError: an input has been read beyond where the batch began.
        """

    def notes(self, names: Sequence[str]) -> list[bytes | None]:
        """The notes of these names, None for those that are unknown; one round trip."""

    def positions(self) -> dict[str, int]:
        """How far each input had been read when its states were written."""

    def seed(self, entries: Sequence[Entry], positions: Mapping[str, int] | None = None) -> int:
        """Keep those states whose newest event is newer than that of the state there is; how many these were.

        For states that a replay made: where the stream has moved beyond them, its own stay. So do its positions: one
        is taken only for an input that has none. States come first and positions last, so that a seed which was
        killed in between has set no position and can be made again.
        """


class RowStore(Protocol):
    """Keeps published rows by table and key. All raise StoreError where the store does not answer."""

    def publish(
        self, table: str, rows: Mapping[str, Mapping[str, Any]], as_of: int, keep_ms: int | None = None
    ) -> int:
        """Keep the rows unless one as of a later moment is there; how many were kept.

        Args:
            rows: by key; numbers, strings, booleans and None by column.
            as_of: ms since 1970: the moment for which the rows are true. The same moment again replaces.
            keep_ms: how long they are of use; None for ever.
        """

    def lookup(self, table: str, keys: Sequence[str]) -> list[Published | None]:
        """The newest rows of some keys, None for those that are unknown; one round trip."""
