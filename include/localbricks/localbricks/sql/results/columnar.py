"""Rows as Thrift columns, for clients without pyarrow: `pip install databricks-sql-connector` brings none."""

from collections.abc import Sequence

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes as t

# Everything else has been made text by then, as has every null's place: columns hold a value for each row.
_KINDS = [
    (pa.types.is_boolean, "boolVal", t.TBoolColumn, False),
    (pa.types.is_int8, "byteVal", t.TByteColumn, 0),
    (pa.types.is_int16, "i16Val", t.TI16Column, 0),
    (pa.types.is_int32, "i32Val", t.TI32Column, 0),
    (pa.types.is_int64, "i64Val", t.TI64Column, 0),
    (pa.types.is_floating, "doubleVal", t.TDoubleColumn, 0.0),
    (pa.types.is_binary, "binaryVal", t.TBinaryColumn, b""),
    (pa.types.is_string, "stringVal", t.TStringColumn, ""),
    (pa.types.is_null, "stringVal", t.TStringColumn, ""),
]


def columns(schema: pa.Schema, messages: Sequence[bytes]) -> list[t.TColumn]:
    """Return the columns of these Arrow IPC messages, joined. Raises TypeError for a type that is not flat."""
    batches = [pa.ipc.read_record_batch(pa.py_buffer(message), schema) for message in messages]
    table = pa.Table.from_batches(batches, schema=schema)
    return [_column(column) for column in table.itercolumns()]


def _column(column: pa.ChunkedArray) -> t.TColumn:
    for fits, field, kind, blank in _KINDS:
        if fits(column.type):
            values = column.to_pylist()
            filled = [blank if value is None else value for value in values]
            return t.TColumn(**{field: kind(values=filled, nulls=null_bits(values))})
    raise TypeError(f"a column of Arrow type {column.type} has no Thrift form; it should have become text")


def null_bits(values: Sequence[object]) -> bytes:
    """Return one bit per value, set where it is null, the lowest bit first."""
    bits = bytearray((len(values) + 7) // 8)
    for index, value in enumerate(values):
        if value is None:
            bits[index // 8] |= 1 << (index % 8)
    return bytes(bits)
