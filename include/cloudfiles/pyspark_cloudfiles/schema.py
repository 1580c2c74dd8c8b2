"""The stream's schema: hints over what the first files hold, remembered in the schema location."""

import json
from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import types as s
from pyspark.sql.pandas.types import to_arrow_type

from .ddl import DdlError, parse
from .files.pending import Pending
from .files.storage import FileInfo, storage_of
from .infer import infer, one_spelling
from .options import OptionError, Options
from .parsing.parser import METADATA

FILE_METADATA = s.StructType(
    [s.StructField("file_path", s.StringType()), s.StructField("file_modification_time", s.TimestampType())]
)
AT_ONCE = 100
NESTED = (s.ArrayType, s.MapType, s.StructType)


def stream_schema(options: Options) -> s.StructType:
    """Hinted and inferred columns, then the rescued column. The inferred part is fixed by the first stream.

    A hint also says how a name is spelled.

    Raises OptionError when nothing is remembered and the folder holds no file.
    """
    hints = _hints(options.schema_hints) if options.schema_hints else s.StructType([])
    hinted = {field.name.lower(): field for field in hints.fields}
    inferred = one_spelling(_remembered(options) or _remember(options))
    fields = [hinted.pop(field.name.lower(), field) for field in inferred.fields] + list(hinted.values())
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
    # the condition that Auto Loader has for it
    return OptionError(
        f"[CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE] {options.path} holds no file; "
        "correct the path, or start when the first file is there"
    )


def _arrow_type(field: s.StructField, options: Options) -> pa.DataType:
    own = options.metadata and field.name == METADATA
    if options.format == "csv" and isinstance(field.dataType, NESTED) and not own:
        raise OptionError(
            f"column {field.name} is {field.dataType.simpleString()}, which CSV cannot hold: hint it as string"
        )
    if options.format == "json" and _odd_map(field.dataType):
        raise OptionError(
            f"column {field.name} is {field.dataType.simpleString()}; the keys of JSON are text: map<string,...>"
        )
    try:
        return to_arrow_type(field.dataType, timezone="UTC")
    except Exception as error:
        raise OptionError(
            f"column {field.name} is {field.dataType.simpleString()}, which is not supported: hint it as string"
        ) from error


def _odd_map(kind: s.DataType) -> bool:
    """Whether it holds a map whose keys are no text."""
    if isinstance(kind, s.StructType):
        return any(_odd_map(field.dataType) for field in kind.fields)
    if isinstance(kind, s.ArrayType):
        return _odd_map(kind.elementType)
    return isinstance(kind, s.MapType) and (
        not isinstance(kind.keyType, s.StringType) or _odd_map(kind.valueType)
    )


def _hints(ddl: str) -> s.StructType:
    try:
        return parse(ddl)
    except DdlError as error:
        raise OptionError(
            f"option cloudFiles.schemaHints is {ddl!r}, expected 'name type, name type': {error}"
        ) from error


def _path(options: Options) -> str:
    return f"{options.schema_location.rstrip('/')}/_schemas/0"


def _remembered(options: Options) -> s.StructType | None:
    found = storage_of(options.schema_location).find(_path(options))
    return None if found is None else s.StructType.fromJson(json.loads(found))


def _oldest_first(files: Pending) -> Iterator[FileInfo]:
    while some := files.take(AT_ONCE):
        yield from some


def _remember(options: Options) -> s.StructType:
    storage = storage_of(options.path)
    files = Pending(storage.list(options.path))
    if not files:
        raise no_files(options)
    schema = infer(options, storage, _oldest_first(files))
    storage_of(options.schema_location).create(_path(options), schema.json().encode())
    return _remembered(options) or schema  # another stream may have been faster
