"""The stream's schema: hints over what the first files hold, remembered in the schema location."""

import json

import pyarrow as pa
from pyspark.sql import types as s

from .infer import infer
from .options import OptionError, Options
from .parse import METADATA
from .storage import storage_of

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
FILE_METADATA = s.StructType([s.StructField("file_path", s.StringType())])


def stream_schema(options: Options) -> s.StructType:
    """Hinted and inferred columns, then the rescued column. The inferred part is fixed by the first stream.

    Raises OptionError when nothing is remembered and the folder holds no file.
    """
    hints = _parse(options.schema_hints) if options.schema_hints else s.StructType([])
    hinted = {field.name: field for field in hints.fields}
    inferred = _remembered(options) or _remember(options)
    fields = [hinted.pop(field.name, field) for field in inferred.fields] + list(hinted.values())
    own = [s.StructField(options.rescued_column, s.StringType())]
    if options.metadata:
        own.append(s.StructField(METADATA, FILE_METADATA))
    return s.StructType([*fields, *own])


def arrow_schema(schema: s.StructType, options: Options) -> pa.Schema:
    """The schema of the batches. Raises OptionError for a type that is not supported, naming the column.

    A given schema without the rescued column is taken as it is, and what does not fit is null, as on Databricks;
    only where `rescuedDataColumn` was asked for, it has to be in the schema.
    """
    if options.rescued_asked and options.rescued_column not in schema.names:
        raise OptionError(
            f"rescuedDataColumn is {options.rescued_column}, but the given schema has no such column: "
            f"add `{options.rescued_column} string` to it; its columns are {', '.join(schema.names)}"
        )
    return pa.schema([pa.field(field.name, _arrow_type(field, options)) for field in schema.fields])


def no_files(options: Options) -> OptionError:
    """What to say of a folder that never held a file."""
    return OptionError(
        f"{options.path} holds no file; correct the path, or start when the first file is there"
    )


def _arrow_type(field: s.StructField, options: Options) -> pa.DataType:
    if options.metadata and field.name == METADATA:
        return pa.struct([pa.field("file_path", pa.string())])
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
    found = storage_of(options.schema_location).find(_path(options))
    return None if found is None else s.StructType.fromJson(json.loads(found))


def _remember(options: Options) -> s.StructType:
    storage = storage_of(options.path)
    files = storage.list(options.path)
    if not files:
        raise no_files(options)
    schema = infer(options, storage, files)
    storage_of(options.schema_location).create(_path(options), schema.json().encode())
    return _remembered(options) or schema  # another stream may have been faster
