"""States and rows in PostgreSQL, such as Databricks' Lakebase."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import psycopg
from psycopg import sql

from . import sql as statements
from .rows import packed, unpacked
from .store import ConflictError, Entry, OvertakenError, Published, StoreError, conflict, overtaken


class PostgresStore:
    """See `StateStore` and `RowStore`. A write is one transaction.

    It has one connection, opened when it is first needed and again after it was lost; threads take turns.

    Args:
        conninfo: a connection string or URI of libpq.
        schema: of its four tables, which are made if they are not there.
        timeout: seconds until a server that does not take a connection, or a statement that does not end, is an error.
    """

    def __init__(self, conninfo: str, schema: str = "public", timeout: float = 5.0) -> None:
        self._conninfo, self._schema, self._timeout = conninfo, schema, timeout
        self._open: psycopg.Connection | None = None
        self._turn = Lock()  # statements of one transaction must not meet those of another thread

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()

    def read(self, entity: str, keys: Sequence[str]) -> list[bytes | None]:
        """See `StateStore`."""
        return self.read_many([(entity, key) for key in keys])

    def read_many(self, wanted: Sequence[tuple[str, str]]) -> list[bytes | None]:
        """See `StateStore`."""
        names = [entity for entity, _ in wanted], [key for _, key in wanted]
        with self._connection() as connection:
            found = connection.execute(self._sql(statements.READ), names, binary=True).fetchall()
        return [content for (content,) in found]

    def write(
        self,
        entries: Sequence[Entry],
        positions: Mapping[str, int] | None = None,
        notes: Mapping[str, bytes] | None = None,
        since: Mapping[str, int] | None = None,
    ) -> None:
        """See `StateStore`."""
        with self._connection() as connection, connection.transaction():
            self._move(connection, positions or {}, since or {})
            done = set(connection.execute(self._sql(statements.WRITE), _columns(entries)).fetchall())
            changed = next((e for e in entries if (e.entity, e.key) not in done), None)
            if changed is not None:
                raise ConflictError(conflict(changed))
            if notes:
                connection.execute(self._sql(statements.NOTE), (list(notes), list(notes.values())))

    def _move(
        self, connection: psycopg.Connection, positions: Mapping[str, int], since: Mapping[str, int]
    ) -> None:
        values = list(positions), list(positions.values()), [since.get(name) for name in positions]
        done = {name for (name,) in connection.execute(self._sql(statements.MOVE), values).fetchall()}
        behind = next((name for name in positions if name not in done), None)
        if behind is not None:
            raise OvertakenError(overtaken(behind))

    def notes(self, names: Sequence[str]) -> list[bytes | None]:
        """See `StateStore`."""
        with self._connection() as connection:
            found = connection.execute(self._sql(statements.NOTES), (list(names),), binary=True).fetchall()
        return [content for (content,) in found]

    def positions(self) -> dict[str, int]:
        """See `StateStore`."""
        with self._connection() as connection:
            return dict(connection.execute(self._sql(statements.POSITIONS)).fetchall())

    def seed(self, entries: Sequence[Entry], positions: Mapping[str, int] | None = None) -> int:
        """See `StateStore`."""
        placed = list((positions or {}).keys()), list((positions or {}).values())
        with self._connection() as connection, connection.transaction():
            kept = connection.execute(self._sql(statements.SEED), _columns(entries)).rowcount
            connection.execute(self._sql(statements.PLACE), placed)
        return kept

    def publish(
        self, table: str, rows: Mapping[str, Mapping[str, Any]], as_of: int, keep_ms: int | None = None
    ) -> int:
        """See `RowStore`."""
        content = packed(table, rows)
        values = table, as_of, keep_ms, list(content), list(content.values())
        with self._connection() as connection:
            return connection.execute(self._sql(statements.PUBLISH), values).rowcount

    def lookup(self, table: str, keys: Sequence[str]) -> list[Published | None]:
        """See `RowStore`."""
        with self._connection() as connection:
            found = connection.execute(
                self._sql(statements.LOOKUP), (list(keys), table), binary=True
            ).fetchall()
        return [unpacked(content, as_of) if content is not None else None for content, as_of in found]

    def purge(self) -> int:
        """Delete what has expired, which is not read any more; how many states and rows that were."""
        with self._connection() as connection:
            deleted = (
                connection.execute(self._sql(s)) for s in (statements.PURGE_STATES, statements.PURGE_ROWS)
            )
            return sum(cursor.rowcount for cursor in deleted)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        try:
            with self._turn:
                if self._open is None or self._open.closed:
                    self._open = self._connected()
                yield self._open
        except psycopg.Error as error:
            raise StoreError(f"PostgreSQL at {self._address()}: {type(error).__name__}: {error}") from error

    def _connected(self) -> psycopg.Connection:
        milliseconds = int(self._timeout * 1000)
        made = psycopg.connect(
            self._conninfo,
            autocommit=True,
            connect_timeout=max(2, int(self._timeout)),  # libpq's least
            options=f"-c statement_timeout={milliseconds} -c client_min_messages=warning",
        )
        with made.transaction():
            made.execute(self._sql(statements.ALONE))
            made.execute(self._sql(statements.SETUP))
        return made

    def _sql(self, statement: str) -> bytes:
        return _statement(statement, self._schema)

    def _address(self) -> str:
        parts = psycopg.conninfo.conninfo_to_dict(self._conninfo)
        return f"{parts.get('host', 'local socket')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


@cache
def _statement(statement: str, schema: str) -> bytes:
    return sql.SQL(statement).format(schema=sql.Identifier(schema)).as_bytes(None)


def _columns(entries: Sequence[Entry]) -> list[list[Any]]:
    return [list(column) for column in zip(*entries, strict=True)] if entries else [[] for _ in Entry._fields]
