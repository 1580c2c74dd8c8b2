"""Bytes to Arrow batches. Rows that do not fit the schema keep what does not in the rescued column.

Most of a file is parsed by Arrow in one go. Where Arrow finds a row that does not fit, the block around it is halved
until it is small, and only those few rows are read one by one.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.json as pa_json

from .damage import decompressed

SMALL_BLOCK = 32  # lines
FIRST_BLOCK = 20_000  # lines
CORRUPT = "_corrupt_record"
FILE_PATH = "_file_path"


class RowParser:
    """Parses the files of one stream into batches of `schema`, whose last column is the rescued one."""

    def __init__(
        self, schema: pa.Schema, file_format: str, header: bool = True, separator: str = ","
    ) -> None:
        self.schema = schema
        self.data = pa.schema(list(schema)[:-1])
        self._csv, self._header, self._separator = file_format == "csv", header, separator

    def batches(self, content: bytes, path: str) -> Iterator[pa.RecordBatch]:
        """All rows of one file; what is damaged beyond reading becomes one row that says so."""
        text, problem = decompressed(content, path)
        lines = text.splitlines()
        names = self._names(lines)
        if problem and lines:
            lines.pop()  # cut off somewhere in the middle
        body = lines[1:] if self._csv and self._header else lines
        for start in range(0, len(body), FIRST_BLOCK):
            yield from self._block(body[start : start + FIRST_BLOCK], names, path)
        if problem:
            yield self._rows([({}, {CORRUPT: problem})], path)

    def _names(self, lines: Sequence[bytes]) -> list[str]:
        if not self._csv:
            return []
        if not self._header:
            return self.data.names
        first = lines[0].decode("utf-8-sig", "replace") if lines else ""
        return next(csv.reader([first], delimiter=self._separator), [])

    def _block(self, lines: Sequence[bytes], names: list[str], path: str) -> Iterator[pa.RecordBatch]:
        lines = [line for line in lines if line.strip()] if len(lines) <= SMALL_BLOCK else lines
        if not lines:
            return
        try:
            table = self._fast_csv(lines, names) if self._csv else self._fast_json(lines)
        except (pa.ArrowInvalid, pa.ArrowKeyError, pa.ArrowNotImplementedError):
            yield from self._slow(lines, names, path)
            return
        empty = pa.nulls(table.num_rows, pa.string())
        whole = table.select(self.data.names).append_column(self.schema.names[-1], empty).cast(self.schema)
        yield from whole.to_batches()

    def _slow(self, lines: Sequence[bytes], names: list[str], path: str) -> Iterator[pa.RecordBatch]:
        if len(lines) > SMALL_BLOCK:
            half = len(lines) // 2
            yield from self._block(lines[:half], names, path)
            yield from self._block(lines[half:], names, path)
            return
        texts = [line.decode("utf-8", "replace") for line in lines]
        read = [self._csv_fields(text, names) if self._csv else _json_fields(text) for text in texts]
        yield self._rows(read, path)

    def _fast_json(self, lines: Sequence[bytes]) -> pa.Table:
        options = pa_json.ParseOptions(explicit_schema=self.data, unexpected_field_behavior="error")
        block = pa_json.ReadOptions(use_threads=False, block_size=1 << 26)
        return pa_json.read_json(io.BytesIO(b"\n".join(lines)), block, options)

    def _fast_csv(self, lines: Sequence[bytes], names: list[str]) -> pa.Table:
        if set(names) - set(self.data.names):
            raise pa.ArrowInvalid("unknown columns")
        types = {field.name: field.type for field in self.data}
        table = pa_csv.read_csv(
            io.BytesIO(b"\n".join(lines) + b"\n"),
            pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=1 << 26),
            pa_csv.ParseOptions(delimiter=self._separator),
            pa_csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True),
        )
        for name in self.data.names:
            if name not in names:
                table = table.append_column(name, pa.nulls(table.num_rows, types[name]))
        return table

    def _csv_fields(self, text: str, names: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        values = next(csv.reader([text], delimiter=self._separator), [])
        if len(values) != len(names):
            return {}, {CORRUPT: text}
        return {name: value or None for name, value in zip(names, values, strict=True)}, {}

    def _rows(self, read: Sequence[tuple[dict[str, Any], dict[str, Any]]], path: str) -> pa.RecordBatch:
        """A batch of rows given as (fields, what is rescued already)."""
        columns: list[list[Any]] = [[] for _ in self.schema]
        for fields, rescued in read:
            fields, rescued = dict(fields), dict(rescued)
            for column, field in zip(columns, self.data, strict=False):
                column.append(self._value(fields.pop(field.name, None), field, rescued))
            rescued |= fields
            columns[-1].append(_dump(rescued | {FILE_PATH: path}) if rescued else None)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, self.schema, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _value(self, value: Any, field: pa.Field, rescued: dict[str, Any]) -> Any:
        if value is None:
            return None
        try:
            return _convert(value, field.type, from_text=self._csv)
        except (TypeError, ValueError, OverflowError):
            rescued[field.name] = value
            return None


def _json_fields(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        row = json.loads(text)
    except ValueError:
        return {}, {CORRUPT: text}
    return (row, {}) if isinstance(row, dict) else ({}, {CORRUPT: text})


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _convert(value: Any, kind: pa.DataType, from_text: bool) -> Any:
    """One value of a type. Raises ValueError or TypeError when it is none; a number in quotes is no number in JSON."""
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else _dump(value)
    if pa.types.is_boolean(kind):
        return _boolean(value, from_text)
    if pa.types.is_timestamp(kind):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    return pa.scalar(_number(value, kind, from_text), kind).as_py()


def _boolean(value: Any, from_text: bool) -> bool:
    if from_text and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _number(value: Any, kind: pa.DataType, from_text: bool) -> Any:
    whole = pa.types.is_integer(kind)
    if from_text:
        return int(value) if whole else float(value)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise ValueError(f"{value!r} is no {kind}")
    return value if whole else float(value)
