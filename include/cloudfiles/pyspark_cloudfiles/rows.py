"""Lines that Arrow cannot read as they are: one by one, and what does not fit its column is rescued."""

import csv
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

CORRUPT = "_corrupt_record"
FILE_PATH = "_file_path"
Row = tuple[dict[str, Any], dict[str, Any]]  # fields of the line, and what is rescued already


def json_row(line: bytes) -> Row:
    """One JSON line; a line that is no object is rescued whole."""
    try:
        text = line.decode()
        row = json.loads(text)
        if "\\ud" in text.lower():
            _dump(row).encode()  # half of a surrogate pair is legal JSON, but no text
    except (ValueError, RecursionError):
        return corrupt(line)
    return (row, {}) if isinstance(row, dict) else corrupt(line)


def csv_row(line: bytes, names: Sequence[str], separator: str) -> Row:
    """One CSV line; one with an open quote, or with more or fewer values than `names`, is rescued whole."""
    try:
        values = next(csv.reader([line.decode()], delimiter=separator, strict=True), [])
    except (csv.Error, UnicodeDecodeError):
        return corrupt(line)
    if len(values) != len(names):
        return corrupt(line)
    return {name: value or None for name, value in zip(names, values, strict=True)}, {}


def corrupt(line: bytes, problem: str | None = None) -> Row:
    """A row that holds nothing but the line as it was found; bytes that are no UTF-8 are written ``\\xff``."""
    text = line.decode("utf-8", "backslashreplace")
    return {}, {CORRUPT: text} | ({"_problem": problem} if problem else {})


def batch_of(
    rows: Sequence[Row], schema: pa.Schema, rescued_column: str, path: str, text: bool
) -> pa.RecordBatch:
    """The rows as a batch of `schema`. Without a rescued column in it, what does not fit is null.

    Args:
        text: values are text, as in CSV, so that a number in it is a number.
    """
    columns: list[list[Any]] = [[] for _ in schema]
    for given, known in rows:
        fields, rescued = dict(given), dict(known)
        for column, field in zip(columns, schema, strict=True):
            if field.name != rescued_column:
                column.append(_fitted(fields.pop(field.name, None), field, rescued, text))
        rescued |= fields
        if rescued_column in schema.names:
            said = _dump(rescued | {FILE_PATH: path}) if rescued else None
            columns[schema.get_field_index(rescued_column)].append(said)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _fitted(value: Any, field: pa.Field, rescued: dict[str, Any], text: bool) -> Any:
    if value is None:
        return None
    try:
        return _convert(value, field.type, text)
    except (TypeError, ValueError, OverflowError):
        rescued[field.name] = value
        return None


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _convert(value: Any, kind: pa.DataType, text: bool) -> Any:
    """One value of a type. Raises ValueError or TypeError when it is none; a number in quotes is no number in JSON."""
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else _dump(value)
    if pa.types.is_boolean(kind):
        return _boolean(value, text)
    if pa.types.is_timestamp(kind):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    return pa.scalar(_number(value, kind, text), kind).as_py()


def _boolean(value: Any, text: bool) -> bool:
    if text and value.lower() in ("true", "false"):
        return bool(value.lower() == "true")
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _number(value: Any, kind: pa.DataType, text: bool) -> int | float:
    whole = pa.types.is_integer(kind)
    if text:
        if "_" in value:
            raise ValueError(f"{value!r} is no number outside Python")
        return int(value) if whole else float(value)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise ValueError(f"{value!r} is no {kind}")
    return int(value) if whole else float(value)
