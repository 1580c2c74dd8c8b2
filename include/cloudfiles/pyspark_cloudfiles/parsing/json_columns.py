"""Many lines of JSON at once: through Arrow's reader where the types allow it, else line by line through Python's.

Both are stricter than Spark's; what they refuse is left to :mod:`pyspark_cloudfiles.parsing.rows`.
"""

import gc
import io
import json
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json as pa_json

from .columns import proven
from .json_record import Token, as_text, members

BLOCK = 1 << 30  # bytes; a block of lines must fit
Tokens = dict[str, Token]
Kinds = Mapping[str, pa.DataType]
ARROW_ERRORS = (pa.ArrowInvalid, pa.ArrowKeyError, pa.ArrowNotImplementedError)
# Arrow reads -0 as a negative zero, Spark as zero.
MINUS_ZERO = tuple(before + b"-0" for before in (b":", b" ", b"\t", b"[", b","))


def _lenient(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


_numbers_as_bytes = json.JSONDecoder(
    parse_float=str.encode, parse_int=str.encode, parse_constant=_lenient
).scan_once  # type: ignore[attr-defined]


def arrow_reads(kinds: Kinds) -> bool:
    """Whether Arrow's reader agrees with Spark on all values of these types that it takes at all."""
    return all(_read_as(kind) is not None for kind in kinds.values())


def json_table(content: bytes, lines: int, kinds: Kinds) -> tuple[pa.Table, "np.ndarray"] | None:
    """The columns of all lines through Arrow, and for each line whether it is left open; None where Arrow refuses."""
    # Each line begins and ends an object, so none goes over two lines, and as many rows are one in each.
    if not content.startswith(b"{") or not content.endswith(b"}") or content.count(b"}\n{") != lines - 1:
        return None
    if any(zero in content for zero in MINUS_ZERO):
        return None
    schema = pa.schema([pa.field(name, _read_as(kind) or kind) for name, kind in kinds.items()])
    options = pa_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    try:
        read = pa_json.ReadOptions(use_threads=False, block_size=BLOCK)
        table = pa_json.read_json(io.BytesIO(content), read, options)
    except ARROW_ERRORS:
        return None
    return _from_text(table, kinds) if table.num_rows == lines else None


def json_tokens(lines: Sequence[str]) -> list[Tokens | None]:
    """Names and values of each line that holds one object; None for a line that is left open."""
    try:
        gc.disable()  # so many dictionaries start it again and again, and there is nothing for it to find
        return [_tokens(line) for line in lines]
    except RecursionError:
        return [None] * len(lines)
    finally:
        gc.enable()


def token_columns(rows: Sequence[Tokens], kinds: Kinds) -> tuple[pa.Table, "np.ndarray"]:
    """The columns of the rows, and for each row whether one of its values is left open."""
    columns, left_open = {}, np.zeros(len(rows), bool)
    for (name, kind), tokens in zip(kinds.items(), _by_column(rows, list(kinds)), strict=True):
        columns[name], unproven = _column(tokens, kind)
        left_open |= unproven
    return pa.table(columns), left_open


def _read_as(kind: pa.DataType) -> pa.DataType | None:
    """The type that Arrow is asked for; None where it takes values that Spark does not, or takes them otherwise."""
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return kind if _plain(kind.value_type) else None
    if pa.types.is_struct(kind):
        return kind if all(_plain(field.type) for field in kind.fields) else None
    return kind if _plain(kind) else None


def _plain(kind: pa.DataType) -> bool:
    nested = pa.types.is_list(kind) or pa.types.is_struct(kind)
    if nested:
        return _read_as(kind) is not None
    return any(
        applies(kind)
        for applies in (
            pa.types.is_string, pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating,
        )
    )  # fmt: skip


def _from_text(table: pa.Table, kinds: Kinds) -> tuple[pa.Table, "np.ndarray"]:
    columns, left_open = {}, np.zeros(table.num_rows, bool)
    for name, kind in kinds.items():
        column = table.column(name).combine_chunks()
        if column.type != kind:
            column, unproven = proven(column, kind)
            left_open |= unproven.to_numpy(zero_copy_only=False)
        columns[name] = column
    return pa.table(columns), left_open


def _tokens(line: str) -> Tokens | None:
    """Nested values keep their text only if they are looked for, which takes longer."""
    try:
        if line.count("{") > 1 or "[" in line:
            return dict(members(line)) if line[:1] == "{" and _whole(line) else None
        row, end = _numbers_as_bytes(line, 0)
    except (ValueError, StopIteration):
        return None
    return row if end == len(line) and type(row) is dict else None


def _whole(line: str) -> bool:
    return bool(_numbers_as_bytes(line, 0)[1] == len(line))


def _by_column(rows: Sequence[Tokens], names: list[str]) -> list[Sequence[Token]]:
    if len(names) > 1:
        try:
            return list(zip(*map(itemgetter(*names), rows), strict=True)) or [[] for _ in names]
        except KeyError:
            pass  # a row lacks a column
    return [[row.get(name) for row in rows] for name in names]


def _column(tokens: Sequence[Any], kind: pa.DataType) -> tuple[pa.Array, "np.ndarray"]:
    if pa.types.is_string(kind):
        return _text_column(tokens), np.zeros(len(tokens), bool)
    wanted: type = bool if pa.types.is_boolean(kind) else str
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        wanted = bytes
    odd = np.zeros(len(tokens), bool)
    if not set(map(type, tokens)) <= {wanted, type(None)}:
        odd = np.array([token is not None and type(token) is not wanted for token in tokens])
        tokens = [token if type(token) is wanted else None for token in tokens]
    if wanted is bool:
        return pa.array(tokens, pa.bool_()), odd
    values, unproven = proven(_text_column(tokens), kind)
    return values, odd | unproven.to_numpy(zero_copy_only=False)


def _text_column(tokens: Sequence[Any]) -> pa.Array:
    if bool in set(map(type, tokens)):
        tokens = [str(token).lower() if type(token) is bool else token for token in tokens]
    try:
        return pa.array(tokens, pa.string())
    except UnicodeEncodeError:
        return pa.array([as_text(t) if isinstance(t, str) else t for t in tokens], pa.string())
