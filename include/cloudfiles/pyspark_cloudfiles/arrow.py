"""Many lines at once through Arrow's own readers, which stop at the first row that does not fit."""

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.json as pa_json

BLOCK = 1 << 28  # bytes; a block of lines must fit
ARROW_ERRORS = (pa.ArrowInvalid, pa.ArrowKeyError, pa.ArrowNotImplementedError, UnicodeDecodeError)


class MisfitError(ValueError):
    """A row of the block does not fit the schema."""


def needs_rows(schema: pa.Schema) -> bool:
    """Whether Arrow would refuse or misread some JSON value of the schema: maps, base64, dates inside of others."""
    return any(_misread(field.type, inside=False) for field in schema)


def _misread(kind: pa.DataType, inside: bool) -> bool:
    if pa.types.is_map(kind) or pa.types.is_binary(kind) or (inside and pa.types.is_date(kind)):
        return True
    if pa.types.is_struct(kind):
        return any(_misread(field.type, inside=True) for field in kind.fields)
    return pa.types.is_list(kind) and _misread(kind.value_type, inside=True)


def json_table(lines: Sequence[bytes], schema: pa.Schema) -> pa.Table:
    """The lines as a table of `schema`. Raises MisfitError."""
    content = _text(lines)
    # Arrow reads dates in JSON as numbers of days, so they are read as text first.
    dates = {field.name for field in schema if pa.types.is_date(field.type)}
    read_as = pa.schema([pa.field(f.name, pa.string() if f.name in dates else f.type) for f in schema])
    options = pa_json.ParseOptions(explicit_schema=read_as, unexpected_field_behavior="error")
    try:
        table = pa_json.read_json(
            io.BytesIO(content), pa_json.ReadOptions(use_threads=False, block_size=BLOCK), options
        )
        return _complete(
            table.select(schema.names).cast(schema) if dates else table.select(schema.names), lines
        )
    except ARROW_ERRORS as error:
        raise MisfitError(str(error)) from error


def csv_table(lines: Sequence[bytes], names: Sequence[str], schema: pa.Schema, separator: str) -> pa.Table:
    """The lines, whose columns are `names`, as a table of `schema`; columns they lack are null. Raises MisfitError."""
    unknown = set(names) - set(schema.names)
    if unknown or len(set(names)) < len(names):
        raise MisfitError(f"unknown or repeated columns: {', '.join(names)}")
    content = _text(lines) + b"\n"
    try:
        table = _read_csv(content, names, schema, separator)
    except ARROW_ERRORS as error:
        if not any(pa.types.is_timestamp(field.type) for field in schema):
            raise MisfitError(str(error)) from error
        table = _read_csv_without_zones(content, names, schema, separator)
    return _complete(table, lines)


def _read_csv_without_zones(
    content: bytes, names: Sequence[str], schema: pa.Schema, separator: str
) -> pa.Table:
    """Arrow wants a zone in each timestamp of a zoned column, or in none; none means UTC."""
    plain = [
        pa.field(field.name, pa.timestamp("us") if pa.types.is_timestamp(field.type) else field.type)
        for field in schema
    ]
    try:
        return _read_csv(content, names, pa.schema(plain), separator).cast(schema)
    except ARROW_ERRORS as error:
        raise MisfitError(str(error)) from error


def _read_csv(content: bytes, names: Sequence[str], schema: pa.Schema, separator: str) -> pa.Table:
    return pa_csv.read_csv(
        io.BytesIO(content),
        pa_csv.ReadOptions(column_names=list(names), use_threads=False, block_size=BLOCK),
        pa_csv.ParseOptions(delimiter=separator),
        pa_csv.ConvertOptions(
            column_types={field.name: field.type for field in schema},
            include_columns=schema.names,
            include_missing_columns=True,
            null_values=[""],
            strings_can_be_null=True,
        ),
    )


def _text(lines: Sequence[bytes]) -> bytes:
    content = b"\n".join(lines)
    try:
        content.isascii() or content.decode()
    except UnicodeDecodeError as error:
        raise MisfitError(f"not UTF-8: {error}") from error
    return content


def _complete(table: pa.Table, lines: Sequence[bytes]) -> pa.Table:
    # Arrow also reads two objects in one line, an object that spans lines, and an open quote up to the next one.
    if table.num_rows != len(lines):
        raise MisfitError(f"{len(lines)} lines hold {table.num_rows} rows")
    return table
