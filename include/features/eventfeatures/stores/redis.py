"""States and rows in Redis, each in a hash of its own that expires."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from .rows import packed, unpacked
from .scripts import PUBLISH, SEED, WRITE
from .store import ConflictError, Entry, OvertakenError, Published, StoreError, conflict, overtaken

AT_ONCE = 1000  # states or rows of a seed or of a publication, so that no script holds Redis for long
T = TypeVar("T")


class RedisStore:
    """See `StateStore` and `RowStore`.

    A write is one script: Redis runs nothing in between, and its append-only file has all of it or nothing. What a
    crash takes away is what the server's `appendfsync` leaves open. Not for a cluster: a script writes keys of many
    slots.

    Args:
        url: such as ``redis://:PASSWORD@HOST:6379/0``.
        prefix: of all keys, so that several may share a server.
        timeout: seconds until a server that does not answer is an error.
    """

    def __init__(self, url: str, prefix: str = "eventfeatures", timeout: float = 5.0) -> None:
        # a write must not be sent twice behind the caller's back
        once = Retry(NoBackoff(), 0)
        self._redis = Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=once)
        self._prefix = prefix
        self._write, self._seed, self._publish = (
            self._redis.register_script(script) for script in (WRITE, SEED, PUBLISH)
        )

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def read(self, entity: str, keys: Sequence[str]) -> list[bytes | None]:
        """See `StateStore`."""
        return self.read_many([(entity, key) for key in keys])

    def read_many(self, wanted: Sequence[tuple[str, str]]) -> list[bytes | None]:
        """See `StateStore`."""
        return self._each([self._state(*name) for name in wanted], lambda pipe, key: pipe.hget(key, "c"))

    def write(
        self,
        entries: Sequence[Entry],
        positions: Mapping[str, int] | None = None,
        notes: Mapping[str, bytes] | None = None,
        since: Mapping[str, int] | None = None,
    ) -> None:
        """See `StateStore`."""
        moved, began = positions or {}, since or {}
        states = [part for e in entries for part in (e.content, e.newest, e.events, e.before, e.keep_ms)]
        inputs = [part for name, value in moved.items() for part in (name, value, began.get(name, ""))]
        noted = [part for note in (notes or {}).items() for part in note]
        keys = [self._positions, self._notes, *(self._state(e.entity, e.key) for e in entries)]
        with self._answering():
            changed = int(self._write(keys, [len(entries), len(moved), *states, *inputs, *noted]))
        if changed > 0:
            raise ConflictError(conflict(entries[changed - 1]))
        if changed < 0:
            raise OvertakenError(overtaken(list(moved)[-changed - 1]))

    def notes(self, names: Sequence[str]) -> list[bytes | None]:
        """See `StateStore`."""
        return self._each(list(names), lambda pipe, name: pipe.hget(self._notes, name))

    def positions(self) -> dict[str, int]:
        """See `StateStore`."""
        with self._answering():
            found: dict[bytes, bytes] = self._redis.hgetall(self._positions)  # type: ignore[assignment]
        return {name.decode(): int(value) for name, value in found.items()}

    def seed(self, entries: Sequence[Entry], positions: Mapping[str, int] | None = None) -> int:
        """See `StateStore`."""
        kept = sum(self._seeded(part) for part in _parts(entries))
        with self._answering(), self._redis.pipeline(transaction=True) as pipe:
            for name, value in (positions or {}).items():
                pipe.hsetnx(self._positions, name, str(value))
            pipe.execute()
        return kept

    def _seeded(self, entries: Sequence[Entry]) -> int:
        states = [part for e in entries for part in (e.content, e.newest, e.events, e.keep_ms)]
        with self._answering():
            return int(self._seed([self._state(e.entity, e.key) for e in entries], states))

    def publish(
        self, table: str, rows: Mapping[str, Mapping[str, Any]], as_of: int, keep_ms: int | None = None
    ) -> int:
        """See `RowStore`."""
        content = packed(table, rows)
        return sum(
            self._published(table, dict(part), as_of, keep_ms) for part in _parts(list(content.items()))
        )

    def _published(self, table: str, rows: Mapping[str, bytes], as_of: int, keep_ms: int | None) -> int:
        with self._answering():
            keys = [self._row(table, key) for key in rows]
            return int(self._publish(keys, [as_of, keep_ms or 0, *rows.values()]))

    def lookup(self, table: str, keys: Sequence[str]) -> list[Published | None]:
        """See `RowStore`."""
        names = [self._row(table, key) for key in keys]
        found: list[list[bytes | None]] = self._each(names, lambda pipe, key: pipe.hmget(key, "c", "a"))
        return [unpacked(row, int(at)) if row is not None and at is not None else None for row, at in found]

    def _each(self, keys: Sequence[str], ask: Callable[[Any, str], Any]) -> list[Any]:
        """One answer for each key, in one round trip."""
        with self._answering(), self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                ask(pipe, key)
            return list(pipe.execute())

    def _state(self, entity: str, key: str) -> str:
        return f"{self._prefix}:state:{entity}:{key}"

    def _row(self, table: str, key: str) -> str:
        return f"{self._prefix}:row:{table}:{key}"

    @property
    def _positions(self) -> str:
        return f"{self._prefix}:positions"

    @property
    def _notes(self) -> str:
        return f"{self._prefix}:notes"

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except RedisError as error:
            where = self._redis.connection_pool.connection_kwargs
            address = where.get("path") or f"{where.get('host')}:{where.get('port')}/{where.get('db', 0)}"
            raise StoreError(f"Redis at {address}: {type(error).__name__}: {error}") from error


def _parts(of: Sequence[T]) -> Iterator[list[T]]:
    rest = iter(of)
    while part := list(islice(rest, AT_ONCE)):
        yield part
