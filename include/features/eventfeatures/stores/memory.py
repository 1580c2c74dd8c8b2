"""A store in this process, for tests and for one process that may forget."""

from collections.abc import Mapping, Sequence
from threading import Lock

from .store import ConflictError, Entry


class MemoryStore:
    """States in a dict. Nothing expires."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Entry] = {}
        self._positions: dict[str, int] = {}
        self._lock = Lock()

    def read(self, entity: str, keys: Sequence[str]) -> list[bytes | None]:
        """See `StateStore`."""
        return self.read_many([(entity, key) for key in keys])

    def read_many(self, wanted: Sequence[tuple[str, str]]) -> list[bytes | None]:
        """See `StateStore`."""
        with self._lock:
            found = [self._entries.get(name) for name in wanted]
        return [entry.content if entry else None for entry in found]

    def write(self, entries: Sequence[Entry], positions: Mapping[str, int] | None = None) -> None:
        """See `StateStore`."""
        with self._lock:
            for entry in entries:
                self._check(entry)
            self._entries.update(((entry.entity, entry.key), entry) for entry in entries)
            self._positions.update(positions or {})

    def _check(self, entry: Entry) -> None:
        there = self._entries.get((entry.entity, entry.key))
        events = there.events if there else 0
        if events != entry.before:
            raise ConflictError(
                f"state of {entry.entity} {entry.key} has {events} events, expected {entry.before}; nothing was written"
            )

    def positions(self) -> dict[str, int]:
        """See `StateStore`."""
        with self._lock:
            return dict(self._positions)

    def seed(self, entries: Sequence[Entry]) -> int:
        """See `StateStore`."""
        with self._lock:
            newer = [entry for entry in entries if entry.newest > self._newest(entry)]
            self._entries.update(((entry.entity, entry.key), entry) for entry in newer)
        return len(newer)

    def _newest(self, entry: Entry) -> int:
        there = self._entries.get((entry.entity, entry.key))
        return there.newest if there else -1
