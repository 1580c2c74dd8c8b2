"""Results of statements: Arrow batches, kept serialised once and spilled to disk when they grow."""

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark.sql.types import StructType

# Up to this size a result stays in memory; a larger one lies in an unlinked temporary file.
MEMORY_BYTES = 8 * 1024 * 1024
# One answer holds at most this much, whatever the client asks for.
ANSWER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Chunk:
    """Part of a result: Arrow IPC messages with their row counts, from row `start` on."""

    start: int
    batches: list[tuple[bytes, int]]
    has_more: bool


class ResultSet:
    """One statement's rows. Batches are appended first, then fetched front to back."""

    def __init__(self, schema: StructType, arrow_schema: pa.Schema, folder: Path | None = None) -> None:
        self.schema = schema
        self.arrow_schema = arrow_schema
        self.modified_rows: int | None = None
        self.rows = 0
        self._spool = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES, dir=folder)  # noqa: SIM115
        self._index: list[tuple[int, int]] = []
        self._next_batch = 0
        self._next_row = 0
        self._lock = threading.Lock()

    def append(self, batch: pa.RecordBatch) -> None:
        """Add rows. A batch without columns carries none: Arrow cannot slice it, and clients expect no rows."""
        if not batch.num_columns or not batch.num_rows:
            return
        message = batch.serialize()
        self._spool.write(message)
        self._index.append((message.size, batch.num_rows))
        self.rows += batch.num_rows

    def fetch(self, max_rows: int, max_bytes: int | None = None) -> Chunk:
        """Return the next batches within the limits, at least one while there are any."""
        with self._lock:
            count = self._fitting(max_rows, min(max_bytes or ANSWER_BYTES, ANSWER_BYTES))
            wanted = self._index[self._next_batch : self._next_batch + count]
            if self._next_batch == 0:
                self._spool.seek(0)
            batches = [(self._spool.read(size), rows) for size, rows in wanted]
            start, self._next_row = self._next_row, self._next_row + sum(rows for _, rows in wanted)
            self._next_batch += count
            return Chunk(start, batches, self._next_batch < len(self._index))

    def close(self) -> None:
        """Free the memory or the file."""
        with self._lock:
            self._spool.close()

    def _fitting(self, max_rows: int, max_bytes: int) -> int:
        """Return how many of the next batches stay within both limits, at least one."""
        rows = size = count = 0
        for batch_size, batch_rows in self._index[self._next_batch :]:
            rows, size = rows + batch_rows, size + batch_size
            if count and (rows > max_rows or size > max_bytes):
                break
            count += 1
        return count


def from_table(schema: StructType, table: pa.Table) -> ResultSet:
    """Return a result that holds the whole Arrow table."""
    result = ResultSet(schema, table.schema)
    for batch in table.to_batches():
        result.append(batch)
    return result


def from_rows(schema: StructType, rows: Sequence[Sequence[object]]) -> ResultSet:
    """Return a result of Python rows, typed by the Spark schema (also when a column holds nothing but nulls)."""
    from pyspark.sql.pandas.types import to_arrow_schema

    arrow_schema = to_arrow_schema(schema, timezone="UTC")
    columns = [[row[i] for row in rows] for i in range(len(schema.fields))]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, arrow_schema, strict=True)]
    return from_table(schema, pa.Table.from_arrays(arrays, schema=arrow_schema))


def empty() -> ResultSet:
    """Return the result of a statement that answers nothing: no columns, no rows."""
    return ResultSet(StructType([]), pa.schema([]))
