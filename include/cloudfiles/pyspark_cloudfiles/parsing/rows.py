"""Lines that Arrow cannot read as they are: one by one, and what does not fit its column is rescued."""

import base64
import csv
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
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
            dump(row).encode()  # half of a surrogate pair is legal JSON, but no text
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
            said = dump(rescued | {FILE_PATH: path}) if rescued else None
            columns[schema.get_field_index(rescued_column)].append(said)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _fitted(value: Any, field: pa.Field, rescued: dict[str, Any], text: bool) -> Any:
    if value is None:
        return None
    try:
        return _convert(value, field.type, text)
    except (TypeError, ValueError, OverflowError, ArithmeticError, pa.ArrowException):
        rescued[field.name] = value
        return None


def dump(value: Any) -> str:
    """A value as JSON; what JSON has no form for is text."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _convert(value: Any, kind: pa.DataType, text: bool) -> Any:
    """One value of a type. Raises ValueError or TypeError when it is none; a number in quotes is no number in JSON."""
    if pa.types.is_nested(kind):
        return _nested(value, kind, text)
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else dump(value)
    if pa.types.is_boolean(kind):
        return _boolean(value, text)
    if pa.types.is_timestamp(kind):
        return _moment(value, kind)
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    if pa.types.is_binary(kind):
        return value.encode() if text else base64.b64decode(value, validate=True)
    if pa.types.is_decimal(kind):
        return pa.scalar(_decimal(value), kind).as_py()
    return pa.scalar(_number(value, kind, text), kind).as_py()


def _nested(value: Any, kind: pa.DataType, text: bool) -> Any:
    """An object or a list. A field of an object that its type does not have makes the whole value a misfit."""
    if pa.types.is_list(kind):
        if not isinstance(value, list):
            raise ValueError(f"{value!r} is no list")
        return [_convert_or_null(item, kind.value_type, text) for item in value]
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is no object")
    if pa.types.is_map(kind):
        return [
            (_convert(key, kind.key_type, text=True), _convert_or_null(item, kind.item_type, text))
            for key, item in value.items()
        ]
    fields = {field.name: field.type for field in kind.fields}
    if value.keys() - fields.keys():
        raise ValueError(f"{', '.join(value.keys() - fields.keys())} is no field of {kind}")
    return {name: _convert_or_null(value.get(name), inner, text) for name, inner in fields.items()}


def _convert_or_null(value: Any, kind: pa.DataType, text: bool) -> Any:
    return None if value is None else _convert(value, kind, text)


def _moment(value: str, kind: pa.DataType) -> datetime:
    moment = datetime.fromisoformat(value)
    if kind.tz is None:
        if moment.tzinfo:
            raise ValueError(f"{value} has a zone, expected none")
        return moment
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f"{value!r} is no number")
    return Decimal(str(value))


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
