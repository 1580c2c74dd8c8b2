"""Many lines of CSV at once, through Arrow's reader of text and proven conversions."""

import io
import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from .columns import proven

BLOCK = 1 << 30  # bytes; a block of lines must fit


def csv_columns(
    lines: Sequence[bytes], names: Sequence[str], kinds: dict[str, pa.DataType], separator: str
) -> tuple[pa.Table, "np.ndarray"]:
    """Columns of the lines that are certain: those of `kinds`, and as text those that only the file has.

    Also returns for each line whether it is left open: because of its quotes, its number of values, or one of them.
    """
    content = _text(lines)
    open_lines = _odd_quotes(content, separator)
    certain = np.flatnonzero(~open_lines)
    if open_lines.any():
        split = content.split(b"\n")
        content = b"\n".join([split[number] for number in certain])
    texts, ragged = _read(content, names, separator) if len(certain) else (_no_rows(names), [])
    open_lines[certain[ragged]] = True
    certain = np.delete(certain, ragged)
    return _converted(texts, names, kinds, open_lines, certain)


def _converted(
    texts: pa.Table,
    names: Sequence[str],
    kinds: dict[str, pa.DataType],
    open_lines: "np.ndarray",
    certain: "np.ndarray",
) -> tuple[pa.Table, "np.ndarray"]:
    columns, left_open = {}, np.zeros(len(certain), bool)
    for name in [*kinds, *(name for name in names if name not in kinds)]:
        if name not in names:
            columns[name] = pa.nulls(len(certain), kinds[name])
            continue
        text = texts.column(name).combine_chunks()
        columns[name], unproven = proven(text, kinds.get(name, pa.string()))
        left_open |= unproven.to_numpy(zero_copy_only=False)
    open_lines[certain[left_open]] = True
    table = pa.table(columns)
    return (table.filter(pa.array(~left_open)) if left_open.any() else table), open_lines


def _text(lines: Sequence[bytes]) -> bytes:
    content = b"\n".join(lines)
    try:
        content.isascii() or content.decode()
    except UnicodeDecodeError:
        return content.decode("utf-8", "replace").encode()
    return content


def _odd_quotes(content: bytes, separator: str) -> "np.ndarray":
    """For each line whether its quotes do more than to enclose whole values, without another quote or a backslash."""
    if b'"' not in content:
        return np.zeros(content.count(b"\n") + 1, bool)
    between = re.escape(separator)
    value = rf'("[^"\\]*"|[^"{between}][^"{between}]*)?'
    simple = pc.match_substring_regex(
        pa.array(content.split(b"\n"), pa.string()), f"^{value}({between}{value})*$"
    )
    return ~simple.to_numpy(zero_copy_only=False)


def _read(content: bytes, names: Sequence[str], separator: str) -> tuple[pa.Table, list[int]]:
    """All lines that have a value for each name, as text; and the numbers of those that have not."""
    ragged: list[int] = []

    def skip(row: pa_csv.InvalidRow) -> str:
        ragged.append(row.number - 1)
        return "skip"

    table = pa_csv.read_csv(
        io.BytesIO(content + b"\n"),
        pa_csv.ReadOptions(column_names=list(names), use_threads=False, block_size=BLOCK),
        pa_csv.ParseOptions(
            delimiter=separator, double_quote=False, ignore_empty_lines=False, invalid_row_handler=skip
        ),
        pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
        ),
    )
    return table, ragged


def _no_rows(names: Sequence[str]) -> pa.Table:
    return pa.table({name: pa.array([], pa.string()) for name in names})
