"""The files of one stream to Arrow batches. Rows that do not fit the schema keep what does not in the rescued column.

Most of a file is parsed in whole columns. What is not certain there is read line by line, exactly as Spark's readers
read it; both ways give the same values.
"""

from collections.abc import Iterator, Sequence
from itertools import compress
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from ..files.compression import DamageError, readable
from ..files.lines import blocks_of
from ..files.storage import FileInfo
from ..options import Options
from .csv_columns import csv_columns
from .csv_record import header_names, split
from .json_columns import Tokens, arrow_reads, json_table, json_tokens, token_columns
from .json_shape import Shape, is_utf8, shape_columns
from .parquet import parquet_batches
from .rows import Row, corrupt, csv_row, json_rows, said, table_of

METADATA = "_metadata"


class RowParser:
    """Parses the files of one stream into batches of `schema`."""

    def __init__(self, schema: pa.Schema, options: Options) -> None:
        self._schema, self._options = schema, options
        own = (METADATA,) if options.metadata else ()
        self._read = pa.schema([field for field in schema if field.name not in own])

    def batches(self, content: BinaryIO, file: FileInfo) -> Iterator[pa.RecordBatch]:
        """All rows of one file; what is damaged beyond reading becomes one row that says so."""
        if self._options.format == "parquet":
            found = parquet_batches(content, self._read, self._options.rescued_column, file.path)
        else:
            reader = CsvFile if self._options.format == "csv" else JsonFile
            found = reader(self._read, self._options, file.path).batches(content)
        for batch in found:
            yield self._with_metadata(batch, file)

    def _with_metadata(self, batch: pa.RecordBatch, file: FileInfo) -> pa.RecordBatch:
        if not self._options.metadata:
            return batch
        fields = list(self._schema.field(METADATA).type)
        known = (file.path, file.modified)
        values = [pa.repeat(pa.scalar(v, f.type), batch.num_rows) for v, f in zip(known, fields, strict=True)]
        struct = pa.StructArray.from_arrays(values, fields=fields)
        return batch.append_column(METADATA, struct).select(self._schema.names)


class TextFile:
    """One file of lines."""

    def __init__(self, schema: pa.Schema, options: Options, path: str) -> None:
        self.schema, self.path, self.options = schema, path, options
        self.rescued = options.rescued_column
        self.kinds = {field.name: field.type for field in schema if field.name != self.rescued}

    def batches(self, content: BinaryIO) -> Iterator[pa.RecordBatch]:
        """Its rows, and where it is damaged one more that says so."""
        try:
            for lines in blocks_of(readable(content, self.path)):
                yield from self._block(lines).to_batches()
        except DamageError as damage:
            fragment = corrupt(damage.fragment, str(damage))
            yield from table_of([fragment], self.schema, self.rescued, self.path).to_batches()

    def _block(self, lines: Sequence[bytes]) -> pa.Table:
        lines = self.records(lines)
        if not lines:
            return self.schema.empty_table()
        certain, open_lines = self.columns(lines)
        if not open_lines.any():
            return certain
        numbers, rows = [], []
        for number in np.flatnonzero(open_lines).tolist():
            found = self.rows(lines[number])
            rows += found
            numbers += [number] * len(found)
        exact = table_of(rows, self.schema, self.rescued, self.path)
        return _in_order((certain, np.flatnonzero(~open_lines)), (exact, numbers))

    def records(self, lines: Sequence[bytes]) -> Sequence[bytes]:
        """The lines that are rows."""
        raise NotImplementedError

    def columns(self, lines: Sequence[bytes]) -> tuple[pa.Table, "np.ndarray"]:
        """The rows of the lines that are certain, and for each line whether it is left open."""
        raise NotImplementedError

    def rows(self, line: bytes) -> list[Row]:
        """The rows of one line, exactly."""
        raise NotImplementedError

    def _with_rescued(self, table: pa.Table, rescued: Sequence[str | None] | None) -> pa.Table:
        if self.rescued in self.schema.names:
            column = (
                pa.nulls(table.num_rows, pa.string()) if rescued is None else pa.array(rescued, pa.string())
            )
            table = table.append_column(self.rescued, column)
        return table.select(self.schema.names).cast(self.schema)


class JsonFile(TextFile):
    """Lines of JSON."""

    def __init__(self, schema: pa.Schema, options: Options, path: str) -> None:
        super().__init__(schema, options, path)
        self._alike = True
        self._arrow = bool(self.kinds) and arrow_reads(self.kinds)

    def records(self, lines: Sequence[bytes]) -> Sequence[bytes]:
        """All of them: what is blank gives no row."""
        return lines

    def columns(self, lines: Sequence[bytes]) -> tuple[pa.Table, "np.ndarray"]:
        content = b"\n".join(lines)
        if not is_utf8(content):
            return self.schema.empty_table(), np.ones(len(lines), bool)
        shape = Shape.of(lines) if self._alike else None
        if shape and self.kinds.keys() >= set(shape.names):
            return self._by_shape(lines, content, shape)
        return self._others(content, len(lines))

    def _by_shape(
        self, lines: Sequence[bytes], content: bytes, shape: Shape
    ) -> tuple[pa.Table, "np.ndarray"]:
        table, open_lines = shape_columns(content, shape, self.kinds)
        certain = self._with_rescued(table, None)
        numbers = np.flatnonzero(open_lines)
        if not len(numbers):
            return certain, open_lines
        self._alike = len(numbers) < len(lines) / 2  # else it is in vain for the lines that follow, too
        others, left_open = self._others(b"\n".join(compress(lines, open_lines)), len(numbers))
        certain = _in_order((certain, np.flatnonzero(~open_lines)), (others, numbers[~left_open]))
        open_lines[numbers] = left_open
        return certain, open_lines

    def _others(self, content: bytes, lines: int) -> tuple[pa.Table, "np.ndarray"]:
        if self._arrow:
            found = json_table(content, lines, self.kinds)
            if found:
                table, open_lines = found
                table = table.filter(pa.array(~open_lines)) if open_lines.any() else table
                return self._with_rescued(table, None), open_lines
            self._arrow = False  # the lines of a file are alike: the others would be tried in vain
        return self._tokens(json_tokens(content.decode().split("\n")))

    def _tokens(self, tokens: list[Tokens | None]) -> tuple[pa.Table, "np.ndarray"]:
        open_lines = np.array([row is None for row in tokens])
        rows = [row for row in tokens if row is not None]
        table, left_open = token_columns(rows, self.kinds)
        open_lines[np.flatnonzero(~open_lines)[left_open]] = True
        if left_open.any():
            table = table.filter(pa.array(~left_open))
            rows = [row for row, left in zip(rows, left_open, strict=True) if not left]
        return self._with_rescued(table, self._unknown(rows)), open_lines

    def _unknown(self, rows: Sequence[Tokens]) -> list[str | None] | None:
        known = self.kinds.keys()
        if all(row.keys() <= known for row in rows):
            return None
        unknown = [{name: token for name, token in row.items() if name not in known} for row in rows]
        return [said(fields, self.path) if fields else None for fields in unknown]

    def rows(self, line: bytes) -> list[Row]:
        return json_rows(line, self.kinds)


class CsvFile(TextFile):
    """Lines of CSV, whose columns are named by the first one or go by position."""

    def __init__(self, schema: pa.Schema, options: Options, path: str) -> None:
        super().__init__(schema, options, path)
        self._names = None if options.header else list(self.kinds)

    def records(self, lines: Sequence[bytes]) -> Sequence[bytes]:
        """Those that are not blank, without the header."""
        found = [line for line in lines if not is_blank(line)]
        if self._names is None and found:
            self._names = file_names(found[0], self.options.separator)
            return found[1:]
        return found

    def columns(self, lines: Sequence[bytes]) -> tuple[pa.Table, "np.ndarray"]:
        names = self._names or []
        if not names:
            return self.schema.empty_table(), np.ones(len(lines), bool)
        table, open_lines = csv_columns(lines, names, self.kinds, self.options.separator)
        unknown = [name for name in names if name not in self.kinds]
        rescued = [said(row, self.path) for row in table.select(unknown).to_pylist()] if unknown else None
        return self._with_rescued(table, rescued), open_lines

    def rows(self, line: bytes) -> list[Row]:
        return [csv_row(line, self._names or [], self.kinds, self.options.separator)]


def file_names(header: bytes, separator: str) -> list[str]:
    """The columns that the header of a file names, each once."""
    names = header_names(split(header.decode("utf-8", "replace"), separator))
    return [f"{name}_{place}" if name in names[:place] else name for place, name in enumerate(names)]


def is_blank(line: bytes) -> bool:
    """Whether Spark passes over a line of CSV: blanks and control characters only."""
    return not line.strip(bytes(range(33)))


def _in_order(*parts: "tuple[pa.Table, Sequence[int] | np.ndarray]") -> pa.Table:
    """One table of all parts, whose rows are sorted by the numbers of their lines."""
    numbers = np.concatenate([numbers for _, numbers in parts])
    return pa.concat_tables([table for table, _ in parts]).take(np.argsort(numbers, kind="stable"))
