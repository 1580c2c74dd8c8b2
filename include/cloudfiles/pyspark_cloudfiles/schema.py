"""The stream's schema: hints over what the first files hold, remembered in the schema location."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
from pyspark.sql import types as s

from .damage import decompressed
from .options import OptionError, Options
from .storage import Storage, StorageError, storage_of

SAMPLE_FILES = 10
SAMPLE_LINES = 1000
ARROW: dict[type[s.DataType], pa.DataType] = {
    s.StringType: pa.string(),
    s.LongType: pa.int64(),
    s.IntegerType: pa.int32(),
    s.ShortType: pa.int16(),
    s.DoubleType: pa.float64(),
    s.FloatType: pa.float32(),
    s.BooleanType: pa.bool_(),
    s.DateType: pa.date32(),
    s.TimestampType: pa.timestamp("us", tz="UTC"),
}


def stream_schema(options: Options) -> s.StructType:
    """Hinted and inferred columns, then the rescued column. The inferred part is fixed by the first stream."""
    hints = _parse(options.schema_hints) if options.schema_hints else s.StructType([])
    hinted = {field.name: field for field in hints.fields}
    inferred = _remembered(options) or _remember(options)
    fields = [hinted.pop(field.name, field) for field in inferred.fields] + list(hinted.values())
    return s.StructType([*fields, s.StructField(options.rescued_column, s.StringType())])


def arrow_schema(schema: s.StructType) -> pa.Schema:
    """The schema of the batches. Raises OptionError for a type that is not supported, naming the column."""
    return pa.schema([pa.field(field.name, _arrow_type(field)) for field in schema.fields])


def _arrow_type(field: s.StructField) -> pa.DataType:
    found = ARROW.get(type(field.dataType))
    if found is None:
        kinds = ", ".join(kind.typeName() for kind in ARROW)
        raise OptionError(
            f"column {field.name} is {field.dataType.simpleString()}; supported are {kinds}: hint it as string"
        )
    return found


def _parse(ddl: str) -> s.StructType:
    # Spark's own parser needs a session, which a worker has not.
    columns = [part.strip().split(None, 1) for part in ddl.split(",")]
    if any(len(column) != 2 for column in columns):
        raise OptionError(f"option cloudFiles.schemaHints is {ddl!r}, expected 'name type, name type'")
    named = {kind.typeName(): kind for kind in ARROW} | {kind().simpleString(): kind for kind in ARROW}
    return s.StructType([s.StructField(name.strip("`"), _named(named, name, kind)) for name, kind in columns])


def _named(known: dict[str, type[s.DataType]], column: str, kind: str) -> s.DataType:
    if kind.strip().lower() not in known:
        raise OptionError(
            f"option cloudFiles.schemaHints: column {column} is {kind}, expected one of {', '.join(sorted(known))}"
        )
    return known[kind.strip().lower()]()


def _path(options: Options) -> str:
    return f"{options.schema_location.rstrip('/')}/_schemas/0"


def _remembered(options: Options) -> s.StructType | None:
    try:
        return s.StructType.fromJson(json.loads(storage_of(options.schema_location).read(_path(options))))
    except StorageError:
        return None


def _remember(options: Options) -> s.StructType:
    schema = _infer(options, storage_of(options.path))
    storage_of(options.schema_location).create(_path(options), schema.json().encode())
    return _remembered(options) or schema


def _infer(options: Options, storage: Storage) -> s.StructType:
    """Columns of the first files: text, as Auto Loader does, unless types are asked for."""
    files = sorted(storage.list(options.path), key=lambda file: (file.modified, file.path))[:SAMPLE_FILES]
    if not files and not options.schema_hints:
        raise OptionError(f"{options.path} holds no file to infer a schema from; give cloudFiles.schemaHints")
    kinds: dict[str, s.DataType] = {}
    for name, value in _samples(options, storage, [file.path for file in files]):
        seen = _kind(value) if options.infer_types else s.StringType()
        kinds[name] = seen if kinds.get(name, seen) == seen else s.StringType()
    return s.StructType([s.StructField(name, kind) for name, kind in kinds.items()])


def _samples(options: Options, storage: Storage, paths: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for path in paths:
        text = decompressed(storage.read(path), path)[0].decode("utf-8", "replace")
        lines = io.StringIO(text)
        if options.format == "csv":
            yield from ((name, None) for name in next(csv.reader(lines, delimiter=options.separator), []))
            continue
        for _, line in zip(range(SAMPLE_LINES), lines, strict=False):
            yield from _fields(line)


def _fields(line: str) -> list[tuple[str, Any]]:
    try:
        row = json.loads(line)
    except ValueError:
        return []
    return list(row.items()) if isinstance(row, dict) else []


def _kind(value: Any) -> s.DataType:
    if isinstance(value, bool):
        return s.BooleanType()
    if isinstance(value, int):
        return s.LongType()
    return s.DoubleType() if isinstance(value, float) else s.StringType()
