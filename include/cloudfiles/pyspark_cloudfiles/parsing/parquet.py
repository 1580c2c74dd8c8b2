"""Parquet files to the columns of a stream: a whole column at once where its values fit, else value by value."""

import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .rows import CORRUPT, FILE_PATH, dump

DAMAGE = (pa.ArrowException, OSError)
ROWS = 65_536  # at once
IN_MEMORY = 1 << 26  # bytes; larger files are read from a temporary one
CHUNK = 1 << 20
Rescued = dict[int, dict[str, Any]]  # by row


def parquet_batches(
    content: BinaryIO, schema: pa.Schema, rescued_column: str, path: str
) -> Iterator[pa.RecordBatch]:
    """The rows of one file as batches of `schema`; where it is damaged, one more row says so."""
    with _seekable(content) as file:
        size = file.seek(0, 2)
        try:
            for batch in pq.ParquetFile(file).iter_batches(ROWS):
                yield from _fitted_table(pa.table(batch), schema, rescued_column, path).to_batches()
        except DAMAGE as error:
            problem = f"damaged parquet: {error}; {size} bytes in all"
            yield _damaged(schema, rescued_column, path, problem)


def parquet_schema(content: BinaryIO) -> pa.Schema:
    """The columns of one file. Raises pyarrow.ArrowException or OSError for a damaged one."""
    with _seekable(content) as file:
        return pq.read_schema(file)


def _seekable(content: BinaryIO) -> Any:
    """The content where one can go back, as Parquet has its index at the end."""
    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # the caller closes it
    while chunk := content.read(CHUNK):
        file.write(chunk)
    file.seek(0)
    return file


def _fitted_table(table: pa.Table, schema: pa.Schema, rescued_column: str, path: str) -> pa.Table:
    rescued: Rescued = {}
    columns = {field.name: _column(table, field, rescued) for field in schema if field.name != rescued_column}
    _unknown(table, schema, rescued)
    if rescued_column in schema.names:
        said = [_said(rescued.get(row), path) for row in range(table.num_rows)]
        columns[rescued_column] = pa.chunked_array([pa.array(said, pa.string())])
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _column(table: pa.Table, field: pa.Field, rescued: Rescued) -> pa.ChunkedArray:
    if field.name not in table.column_names:
        return pa.chunked_array([pa.nulls(table.num_rows, field.type)])
    column = table.column(field.name)
    try:
        return _cast(column, field.type)
    except pa.ArrowException:
        return pa.chunked_array([_by_value(column, field, rescued)])


def _by_value(column: pa.ChunkedArray, field: pa.Field, rescued: Rescued) -> pa.Array:
    fitted: list[Any] = []
    for row, value in enumerate(column):
        try:
            fitted.append(_fitted(value, field.type))
        except pa.ArrowException:
            rescued.setdefault(row, {})[field.name] = value.as_py()
            fitted.append(None)
    return pa.array(fitted, field.type)


def _fitted(value: pa.Scalar, kind: pa.DataType) -> Any:
    if not value.is_valid:
        return None
    if pa.types.is_string(kind) and pa.types.is_nested(value.type):
        return dump(value.as_py())  # text takes any value
    return _cast(value, kind).as_py()


def _cast(values: Any, kind: pa.DataType) -> Any:
    # pandas writes nanoseconds, Spark knows microseconds
    return pc.cast(values, options=pc.CastOptions(kind, allow_time_truncate=True))


def _unknown(table: pa.Table, schema: pa.Schema, rescued: Rescued) -> None:
    for name in table.column_names:
        if name not in schema.names:
            for row, value in enumerate(table.column(name).to_pylist()):
                if value is not None:
                    rescued.setdefault(row, {})[name] = value


def _said(fields: dict[str, Any] | None, path: str) -> str | None:
    return dump(fields | {FILE_PATH: path}) if fields else None


def _damaged(schema: pa.Schema, rescued_column: str, path: str, problem: str) -> pa.RecordBatch:
    said = dump({CORRUPT: "", "_problem": problem, FILE_PATH: path})
    values = [[said if name == rescued_column else None] for name in schema.names]
    arrays = [pa.array(value, field.type) for value, field in zip(values, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
