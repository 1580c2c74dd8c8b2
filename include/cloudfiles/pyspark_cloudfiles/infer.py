"""Columns of a stream, from the files that are there first: text, as Auto Loader does, unless types are asked for."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from pyspark.sql import types as s
from pyspark.sql.pandas.types import from_arrow_type

from .files.compression import DamageError, check_compression, readable
from .files.lines import blocks_of
from .files.storage import FileInfo, Storage, StorageError
from .options import Options
from .parsing.csv_record import split
from .parsing.json_columns import json_tokens
from .parsing.json_record import Nested, Token, records
from .parsing.json_shape import telling_lines
from .parsing.parquet import DAMAGE, parquet_schema
from .parsing.parser import file_names, is_blank

SAMPLE_FILES = 1000  # Auto Loader's own bounds: 1000 files or 50 GB
SAMPLE_BYTES = 50 * 10**9
Kind = s.DataType | None  # None: nothing but nulls so far
Kinds = dict[str, Kind]


def infer(options: Options, storage: Storage, files: Iterable[FileInfo]) -> s.StructType:
    """The columns of the oldest files, in the order in which they appear; nested values are text.

    Of names that differ only in case the first counts: Spark's tables have one column for all of them.
    """
    if options.format == "parquet":
        return _struct(_of_parquet(storage, islice(files, SAMPLE_FILES)))
    kinds: Kinds = {}
    of_file = _of_csv if options.format == "csv" else _of_json
    for blocks in _sampled(storage, files):
        for name, kind in of_file(options, blocks):
            kinds[name] = _common(kinds.get(name), kind)
    return _struct(kinds)


def one_spelling(schema: s.StructType) -> s.StructType:
    """The fields whose name did not appear before, in whatever case."""
    found: dict[str, s.StructField] = {}
    for field in schema.fields:
        found.setdefault(field.name.lower(), field)
    return s.StructType(list(found.values()))


def _struct(kinds: Kinds) -> s.StructType:
    fields = [s.StructField(name, kind or s.StringType()) for name, kind in kinds.items()]
    return one_spelling(s.StructType(fields))


def _of_parquet(storage: Storage, files: Iterable[FileInfo]) -> Kinds:
    """As the files say it; where they differ, as the oldest does. A damaged file has no say."""
    kinds: Kinds = {}
    for file in files:
        try:
            with storage.open(file.path) as content:
                schema = parquet_schema(content)
        except StorageError:
            raise  # the way to the file is broken, not the file
        except DAMAGE:
            continue
        for field in schema:
            kinds.setdefault(field.name, from_arrow_type(field.type))
    return kinds


def _sampled(storage: Storage, files: Iterable[FileInfo]) -> Iterator[Iterator[list[bytes]]]:
    """The blocks of lines of each file."""
    sampled = [0]  # bytes
    for file in islice(files, SAMPLE_FILES):
        check_compression(file.path)
        if sampled[0] > SAMPLE_BYTES:
            return
        with storage.open(file.path) as content:
            yield _counted(_until_damage(readable(content, file.path)), sampled)


def _counted(blocks: Iterator[list[bytes]], sampled: list[int]) -> Iterator[list[bytes]]:
    for lines in blocks:
        sampled[0] += sum(map(len, lines))
        yield lines


def _until_damage(chunks: Iterator[bytes]) -> Iterator[list[bytes]]:
    try:
        yield from blocks_of(chunks)
    except DamageError:
        return  # the row that says so has no column of its own


def _of_json(options: Options, blocks: Iterator[list[bytes]]) -> Iterator[tuple[str, Kind]]:
    kinds: Kinds = {}
    for row in _json_rows(telling_lines(lines, options.infer_types) for lines in blocks):
        for name, token in row.items():
            if name not in kinds or (options.infer_types and kinds[name] != s.StringType()):
                kind = _kind_of_token(token) if options.infer_types else s.StringType()
                kinds[name] = _common(kinds.get(name), kind)
    yield from kinds.items()


def _json_rows(blocks: Iterable[Sequence[bytes]]) -> Iterator[dict[str, Token]]:
    for lines in blocks:
        text = [line.decode("utf-8", "replace") for line in lines]
        for line, row in zip(text, json_tokens(text), strict=True):
            if row is not None:
                yield row
                continue
            try:
                yield from map(dict, records(line)[0])
            except (ValueError, RecursionError):
                continue  # it will be rescued


def _of_csv(options: Options, blocks: Iterator[list[bytes]]) -> Iterator[tuple[str, Kind]]:
    rows = (line for lines in blocks for line in lines if not is_blank(line))
    first = next(rows, b"")
    if not first:
        return
    if options.header:
        names = file_names(first, options.separator)
    else:
        names = [f"_c{place}" for place in range(len(_values(first, options)))]  # as Spark names them
        rows = (line for lines in ([first], rows) for line in lines)
    kinds: Kinds = dict.fromkeys(names, None if options.infer_types else s.StringType())
    for row in rows if options.infer_types else ():
        for name, value in zip(names, _values(row, options), strict=False):
            if value and kinds[name] != s.StringType():
                kinds[name] = _common(kinds[name], _kind_of_text(value))
    yield from kinds.items()


def _values(line: bytes, options: Options) -> list[str]:
    return split(line.decode("utf-8", "replace"), options.separator)


def _common(one: Kind, other: Kind) -> Kind:
    if one is None or other is None or one == other:
        return one or other
    both = {one, other}
    if both == {s.LongType(), s.DoubleType()}:
        return s.DoubleType()
    if both == {s.DateType(), s.TimestampType()}:
        return s.TimestampType()
    return s.StringType()


def _kind_of_token(token: Token) -> Kind:
    """The narrowest type that holds a value of JSON; None for null."""
    if token is None:
        return None
    if isinstance(token, bool):
        return s.BooleanType()
    if isinstance(token, (str, Nested)):
        return s.StringType()
    if re.fullmatch(rb"-?\d+", token):
        return s.LongType() if -(2**63) <= int(token) < 2**63 else s.StringType()
    return s.DoubleType()


def _kind_of_text(value: str) -> s.DataType:
    if re.fullmatch(r"[+-]?\d{1,18}", value):
        return s.LongType()
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value):
        return s.DoubleType()
    if value.lower() in ("true", "false"):
        return s.BooleanType()
    readers: tuple[tuple[Callable[[str], Any], s.DataType], ...] = (
        (date.fromisoformat, s.DateType()),
        (datetime.fromisoformat, s.TimestampType()),
    )
    for read, kind in readers:
        try:
            read(value)
        except ValueError:
            continue
        return kind
    return s.StringType()
