"""Results of statements: Arrow batches, kept serialised once and spilled to disk when they grow."""

import bisect
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import pyarrow as pa
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from ..errors import SqlError
from .spool import Spool

# One answer holds at most this much, whatever the client asks for.
ANSWER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Chunk:
    """Part of a result: Arrow IPC messages with their row counts, from row `start` on."""

    start: int
    batches: list[tuple[bytes, int]]
    has_more: bool


@dataclass(frozen=True)
class _Entry:
    """Where a batch lies: bytes `at` to `at + size` of the spool; its first row and its number of rows."""

    at: int
    size: int
    first: int
    rows: int


class ResultSet:
    """One statement's rows. All batches are appended first, then fetched front to back."""

    def __init__(self, schema: StructType, arrow_schema: pa.Schema, spool: Spool | None = None) -> None:
        self.schema = schema
        self.arrow_schema = arrow_schema
        self.modified_rows: int | None = None
        self.rows = 0
        self._spool = spool or Spool()
        self._file = self._spool.file()
        self._size = 0
        self._index: list[_Entry] = []
        self._next = 0
        self._lock = threading.Lock()

    def append(self, batch: pa.RecordBatch) -> None:
        """Add rows. A batch without columns carries none: Arrow cannot slice it, and clients expect no rows.

        Raises SqlError when the spool has no room left.
        """
        if not batch.num_columns or not batch.num_rows:
            return
        message = batch.serialize()
        self._spool.take(message.size)
        self._file.write(message)
        self._index.append(_Entry(self._size, message.size, self.rows, batch.num_rows))
        self._size += message.size
        self.rows += batch.num_rows

    def fetch(
        self, max_rows: int | None = None, max_bytes: int | None = None, start: int | None = None
    ) -> Chunk:
        """Return the next batches within the limits, at least one while there are any.

        A client whose last answer was lost names the row to `start` from. Raises SqlError for a row that began no
        batch.
        """
        with self._lock:
            if start is not None:
                self._next = self._batch_from(start)
            fitting = self._fitting(max_rows or self.rows, min(max_bytes or ANSWER_BYTES, ANSWER_BYTES))
            first = fitting[0].first if fitting else self.rows
            batches = [(self._read(entry), entry.rows) for entry in fitting]
            self._next += len(fitting)
            return Chunk(first, batches, self._next < len(self._index))

    def first_value(self) -> int | None:
        """Return the first column of the first row as a number, without fetching it."""
        with self._lock:
            message = self._read(self._index[0])
        value = pa.ipc.read_record_batch(pa.py_buffer(message), self.arrow_schema).column(0)[0].as_py()
        return None if value is None else int(value)

    def close(self) -> None:
        """Free the memory or the file; once is enough."""
        with self._lock:
            if not self._file.closed:
                self._file.close()
                self._spool.give_back(self._size)

    def _read(self, entry: _Entry) -> bytes:
        self._file.seek(entry.at)
        return self._file.read(entry.size)

    def _batch_from(self, row: int) -> int:
        place = bisect.bisect_left(self._index, row, key=lambda entry: entry.first)
        known = self._index[place].first if place < len(self._index) else self.rows
        if known != row:
            text = f"[INVALID_FETCH_OFFSET] row {row} begins no batch of this result of {self.rows} rows"
            raise SqlError(text, "HY106", "INVALID_FETCH_OFFSET")
        return place

    def _fitting(self, max_rows: int, max_bytes: int) -> list[_Entry]:
        """Return the next batches that stay within both limits, at least one."""
        fitting: list[_Entry] = []
        rows = size = 0
        for entry in self._index[self._next :]:
            rows, size = rows + entry.rows, size + entry.size
            if fitting and (rows > max_rows or size > max_bytes):
                break
            fitting.append(entry)
        return fitting


def unique_names(schema: pa.Schema) -> pa.Schema:
    """Return the schema with `a, a` as `a, a_1`: pyarrow refuses to join tables with two columns of one name.

    Clients name the columns of a row from the Thrift schema, which keeps both names.
    """
    taken: set[str] = set()
    fields = []
    for field in schema:
        name = next(n for n in _candidates(field.name) if n not in taken)
        taken.add(name)
        fields.append(field.with_name(name))
    return pa.schema(fields)


def _candidates(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in count(1))


def from_rows(schema: StructType, rows: Sequence[Sequence[object]]) -> ResultSet:
    """Return a result of Python rows, typed by the Spark schema (also when a column holds nothing but nulls)."""
    arrow_schema = to_arrow_schema(schema, timezone="UTC")
    columns = [[row[i] for row in rows] for i in range(len(schema.fields))]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, arrow_schema, strict=True)]
    result = ResultSet(schema, arrow_schema)
    for batch in pa.Table.from_arrays(arrays, schema=arrow_schema).to_batches():
        result.append(batch)
    return result
