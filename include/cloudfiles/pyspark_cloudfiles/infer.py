"""Columns of a stream, from its first files: text, as Auto Loader does, unless types are asked for."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from pyspark.sql import types as s
from pyspark.sql.pandas.types import from_arrow_type

from .damage import decompressed
from .options import Options
from .parquet import DAMAGE, parquet_schema
from .parse import BOM, header_names
from .rows import csv_row
from .storage import FileInfo, Storage

SAMPLE_FILES = 10
SAMPLE_LINES = 1000
Sample = tuple[str, Any]


def infer(options: Options, storage: Storage, files: Iterable[FileInfo]) -> s.StructType:
    """The columns of the oldest files, in the order in which they appear; nested values are text."""
    first = sorted(files, key=lambda file: (file.modified, file.path))[:SAMPLE_FILES]
    if options.format == "parquet":
        return _of_parquet(storage, first)
    kinds: dict[str, s.DataType | None] = {}
    for name, value in _samples(options, storage, first):
        kind = _kind(value, options.format == "csv") if options.infer_types else s.StringType()
        kinds[name] = _common(kinds.get(name), kind)
    return s.StructType([s.StructField(name, kind or s.StringType()) for name, kind in kinds.items()])


def _of_parquet(storage: Storage, files: Sequence[FileInfo]) -> s.StructType:
    """As the files say it; where they differ, as the oldest does. A damaged file has no say."""
    kinds: dict[str, s.DataType] = {}
    for file in files:
        try:
            schema = parquet_schema(storage.read(file.path))
        except DAMAGE:
            continue
        for field in schema:
            kinds.setdefault(field.name, from_arrow_type(field.type))
    return s.StructType([s.StructField(name, kind) for name, kind in kinds.items()])


def _samples(options: Options, storage: Storage, files: Sequence[FileInfo]) -> Iterator[Sample]:
    for file in files:
        text, _ = decompressed(storage.read(file.path), file.path)
        lines = [line for line in text.removeprefix(BOM).splitlines() if line.strip()]
        sampled = islice(lines, SAMPLE_LINES)
        yield from _csv(options, sampled) if options.format == "csv" else _json(sampled)


def _json(lines: Iterable[bytes]) -> Iterator[Sample]:
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue  # it will be rescued
        if isinstance(row, dict):
            yield from row.items()


def _csv(options: Options, lines: Iterator[bytes]) -> Iterator[Sample]:
    first = next(lines, b"")
    names = header_names(first, options.separator)
    if not options.header:
        names = [f"_c{i}" for i in range(len(names))]  # as Spark names them
        yield from csv_row(first, names, options.separator)[0].items()
    yield from ((name, None) for name in names)
    for line in lines:
        yield from csv_row(line, names, options.separator)[0].items()


def _common(one: s.DataType | None, other: s.DataType | None) -> s.DataType | None:
    if one is None or other is None or one == other:
        return one or other
    both = {one, other}
    if both == {s.LongType(), s.DoubleType()}:
        return s.DoubleType()
    if both == {s.DateType(), s.TimestampType()}:
        return s.TimestampType()
    return s.StringType()


def _kind(value: Any, text: bool) -> s.DataType | None:
    """The narrowest type that holds a value; None for null."""
    if value is None:
        return None
    if text:
        return _kind_of_text(value)
    if isinstance(value, bool):
        return s.BooleanType()
    if isinstance(value, int):
        return s.LongType() if -(2**63) <= value < 2**63 else s.StringType()
    return s.DoubleType() if isinstance(value, float) else s.StringType()


def _kind_of_text(value: str) -> s.DataType:
    if re.fullmatch(r"[+-]?\d{1,18}", value):
        return s.LongType()
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value):
        return s.DoubleType()
    if value.lower() in ("true", "false"):
        return s.BooleanType()
    for read, kind in ((date.fromisoformat, s.DateType()), (datetime.fromisoformat, s.TimestampType())):
        try:
            read(value)
        except ValueError:
            continue
        return kind
    return s.StringType()
