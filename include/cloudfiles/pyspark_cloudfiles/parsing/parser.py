"""Bytes to Arrow batches. Rows that do not fit the schema keep what does not in the rescued column.

Most of a file is parsed by Arrow in one go. Where Arrow finds a row that does not fit, the block around it is halved
until it is small, and only those few rows are read one by one.
"""

import csv
from collections.abc import Iterator, Sequence

import pyarrow as pa

from .arrow import MisfitError, csv_table, json_table, needs_rows
from .damage import decompressed
from .options import Options
from .parquet import parquet_batches
from .rows import Row, batch_of, corrupt, csv_row, json_row
from .storage import FileInfo

SMALL_BLOCK = 32  # lines
FIRST_BLOCK = 20_000  # lines
METADATA = "_metadata"
BOM = b"\xef\xbb\xbf"


class RowParser:
    """Parses the files of one stream into batches of `schema`."""

    def __init__(self, schema: pa.Schema, options: Options) -> None:
        self._schema, self._options = schema, options
        self._csv, self._rescued = options.format == "csv", options.rescued_column
        own = (METADATA,) if options.metadata else ()
        self._read = pa.schema([field for field in schema if field.name not in own])
        self._data = pa.schema([field for field in self._read if field.name != self._rescued])
        self._by_row = options.format == "json" and needs_rows(self._data)

    def batches(self, content: bytes, file: FileInfo) -> Iterator[pa.RecordBatch]:
        """All rows of one file; what is damaged beyond reading becomes one row that says so."""
        if self._options.format == "parquet":
            found = parquet_batches(content, self._read, self._rescued, file.path)
        else:
            found = self._of_text(content, file.path)
        for batch in found:
            yield self._with_metadata(batch, file)

    def _of_text(self, content: bytes, path: str) -> Iterator[pa.RecordBatch]:
        text, problem = decompressed(content, path)
        lines = [line for line in text.removeprefix(BOM).splitlines() if line and not line.isspace()]
        fragment = lines.pop() if problem and lines and not text.endswith((b"\n", b"\r")) else b""
        header = self._csv and self._options.header
        names = self._names(lines[:1])
        body = lines[1:] if header else lines
        for start in range(0, len(body), FIRST_BLOCK):
            yield from self._block(body[start : start + FIRST_BLOCK], names, path)
        if problem:
            yield self._rows([corrupt(fragment, problem)], path)

    def _names(self, first: Sequence[bytes]) -> list[str]:
        """The columns of a CSV file; a repeated name gets its position, so that its values are rescued."""
        if not self._csv:
            return []
        if not self._options.header:
            return list(self._data.names)
        names = header_names(first[0] if first else b"", self._options.separator)
        return [f"{name}_{i}" if name in names[:i] else name for i, name in enumerate(names)]

    def _block(self, lines: Sequence[bytes], names: list[str], path: str) -> Iterator[pa.RecordBatch]:
        if self._by_row:
            yield self._rows([self._row(line, names) for line in lines], path)
            return
        try:
            table = self._table(lines, names)
        except MisfitError:
            yield from self._halves(lines, names, path)
            return
        for name in self._read.names:
            if name not in self._data.names:
                table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
        yield from table.select(self._read.names).to_batches()

    def _halves(self, lines: Sequence[bytes], names: list[str], path: str) -> Iterator[pa.RecordBatch]:
        if len(lines) > SMALL_BLOCK:
            half = len(lines) // 2
            yield from self._block(lines[:half], names, path)
            yield from self._block(lines[half:], names, path)
        else:
            yield self._rows([self._row(line, names) for line in lines], path)

    def _table(self, lines: Sequence[bytes], names: list[str]) -> pa.Table:
        if self._csv:
            return csv_table(lines, names, self._data, self._options.separator)
        return json_table(lines, self._data)

    def _row(self, line: bytes, names: list[str]) -> Row:
        return csv_row(line, names, self._options.separator) if self._csv else json_row(line)

    def _rows(self, rows: Sequence[Row], path: str) -> pa.RecordBatch:
        return batch_of(rows, self._read, self._rescued, path, text=self._csv)

    def _with_metadata(self, batch: pa.RecordBatch, file: FileInfo) -> pa.RecordBatch:
        if not self._options.metadata:
            return batch
        fields = list(self._schema.field(METADATA).type)
        known = (file.path, file.modified)
        values = [pa.repeat(pa.scalar(v, f.type), batch.num_rows) for v, f in zip(known, fields, strict=True)]
        struct = pa.StructArray.from_arrays(values, fields=fields)
        return batch.append_column(METADATA, struct).select(self._schema.names)


def header_names(line: bytes, separator: str) -> list[str]:
    """The column names that a CSV header holds; none when it cannot be read."""
    try:
        return next(csv.reader([line.decode("utf-8-sig", "replace")], delimiter=separator), [])
    except csv.Error:
        return []
