"""A store in this process, for tests and for one process that may forget."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from .rows import packed, unpacked
from .store import ConflictError, Entry, OvertakenError, Published, conflict, overtaken


class MemoryStore:
    """States and rows in dicts. Nothing expires."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Entry] = {}
        self._positions: dict[str, int] = {}
        self._notes: dict[str, bytes] = {}
        self._rows: dict[tuple[str, str], tuple[bytes, int]] = {}
        self._lock = Lock()

    def read(self, entity: str, keys: Sequence[str]) -> list[bytes | None]:
        """See `StateStore`."""
        return self.read_many([(entity, key) for key in keys])

    def read_many(self, wanted: Sequence[tuple[str, str]]) -> list[bytes | None]:
        """See `StateStore`."""
        with self._lock:
            found = [self._entries.get(name) for name in wanted]
        return [entry.content if entry else None for entry in found]

    def write(
        self,
        entries: Sequence[Entry],
        positions: Mapping[str, int] | None = None,
        notes: Mapping[str, bytes] | None = None,
        since: Mapping[str, int] | None = None,
    ) -> None:
        """See `StateStore`."""
        with self._lock:
            self._check_inputs(since or {})
            for entry in entries:
                self._check(entry)
            self._entries.update(((entry.entity, entry.key), entry) for entry in entries)
            self._positions.update(positions or {})
            self._notes.update(notes or {})

    def _check_inputs(self, since: Mapping[str, int]) -> None:
        for name, began in since.items():
            if self._positions.get(name, began) > began:
                raise OvertakenError(overtaken(name))

    def _check(self, entry: Entry) -> None:
        there = self._entries.get((entry.entity, entry.key))
        if (there.events if there else 0) != entry.before:
            raise ConflictError(conflict(entry))

    def positions(self) -> dict[str, int]:
        """See `StateStore`."""
        with self._lock:
            return dict(self._positions)

    def notes(self, names: Sequence[str]) -> list[bytes | None]:
        """See `StateStore`."""
        with self._lock:
            return [self._notes.get(name) for name in names]

    def seed(self, entries: Sequence[Entry], positions: Mapping[str, int] | None = None) -> int:
        """See `StateStore`."""
        with self._lock:
            self._positions = {**(positions or {}), **self._positions}
            newer = [entry for entry in entries if entry.newest > self._newest(entry)]
            self._entries.update(((entry.entity, entry.key), entry) for entry in newer)
        return len(newer)

    def _newest(self, entry: Entry) -> int:
        there = self._entries.get((entry.entity, entry.key))
        return there.newest if there else -1

    def publish(
        self, table: str, rows: Mapping[str, Mapping[str, Any]], as_of: int, keep_ms: int | None = None
    ) -> int:
        """See `RowStore`."""
        with self._lock:
            newer = {
                (table, key): (content, as_of)
                for key, content in packed(table, rows).items()
                if as_of >= self._rows.get((table, key), (b"", as_of))[1]
            }
            self._rows.update(newer)
        return len(newer)

    def lookup(self, table: str, keys: Sequence[str]) -> list[Published | None]:
        """See `RowStore`."""
        with self._lock:
            found = [self._rows.get((table, key)) for key in keys]
        return [unpacked(*row) if row else None for row in found]
