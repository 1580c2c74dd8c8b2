"""What a sample file tells: its format, its columns with their Spark types, its keys and its event time."""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

from lakeloop.config.sql_type import is_number

SAMPLED_ROWS = 200_000
KEY_COLUMNS_AT_MOST = 3
FORMATS: dict[str, Literal["json", "csv", "parquet"]] = {
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".csv": "csv",
    ".parquet": "parquet",
}
TIMES = ("timestamp", "timestamp_ntz", "date")
_NAME = re.compile(r"[^a-z0-9_]+")


class SampleError(ValueError):
    """A sample file cannot be read, or does not tell what is needed; the message says which flag helps."""


@dataclass(frozen=True)
class Sample:
    """One table, as its sample file shows it.

    Args:
        columns: name to Spark type, in the file's order.
        keys: columns that together make each row unique, the fewest that do.
        event_time: the column that says when a row happened, or None.
        options: what the reader has to be told, e.g. the separator.
    """

    table: str
    file: Path
    format: Literal["json", "csv", "parquet"]
    columns: dict[str, str]
    keys: tuple[str, ...]
    event_time: str | None
    rows: pa.Table = field(repr=False)
    options: dict[str, str | bool] = field(default_factory=dict)

    @property
    def numbers(self) -> list[str]:
        """Columns with numbers that are no key."""
        return [name for name, kind in self.columns.items() if is_number(kind) and name not in self.keys]


def read_samples(
    files: Sequence[Path], keys: Mapping[str, tuple[str, ...]], event_times: Mapping[str, tuple[str, ...]]
) -> list[Sample]:
    """One sample a table; `keys` and `event_times` are by table.

    Raises SampleError, also when two files are of one table, or a table that was named is not there.
    """
    samples: list[Sample] = []
    for file in files:
        table = _table(file)
        if table in {sample.table for sample in samples}:
            raise SampleError(f"{file}: table {table} has a sample already; give one file for each table")
        samples.append(read_sample(file, keys.get(table, ()), *event_times.get(table, ())[:1]))
    unknown = sorted({*keys, *event_times} - {sample.table for sample in samples})
    if unknown:
        tables = ", ".join(sample.table for sample in samples)
        raise SampleError(f"--key or --event-time names table {unknown[0]!r}; tables are {tables}")
    return samples


def read_sample(file: Path, keys: tuple[str, ...] = (), event_time: str | None = None) -> Sample:
    """Look at one file; `keys` and `event_time` win over what would be proposed.

    Raises SampleError: the file cannot be read, a name in it cannot stand in SQL, or no key is found.
    """
    kind = _format(file)
    options: dict[str, str | bool] = {}
    if kind == "csv":
        options = {"header": True} | ({"sep": separator} if (separator := _separator(file)) != "," else {})
    rows = _rows(file, kind, str(options.get("sep", ",")))
    columns = {name: _spark_type(rows.schema.field(name).type, file, name) for name in rows.column_names}
    _require_names(file, columns, (*keys, *((event_time,) if event_time else ())))
    time = event_time or _event_time(columns)
    return Sample(_table(file), file, kind, columns, keys or _keys(file, rows, columns), time, rows, options)


def _format(file: Path) -> Literal["json", "csv", "parquet"]:
    suffix = Path(file.name.removesuffix(".gz")).suffix.lower()
    if suffix not in FORMATS:
        raise SampleError(
            f"{file}: cannot tell its format from {suffix!r}; expected one of {', '.join(FORMATS)} (or .gz)"
        )
    return FORMATS[suffix]


def _table(file: Path) -> str:
    """``orders`` for ``Orders-2024-01-05.csv.gz``: the name up to the first digit or dot."""
    name = re.split(r"[.\d]", file.name, maxsplit=1)[0].strip("-_ ").lower()
    return _NAME.sub("_", name) or "events"


def _content(file: Path) -> bytes:
    try:
        content = file.read_bytes()
        return gzip.decompress(content) if file.name.endswith(".gz") else content
    except (OSError, EOFError) as error:
        raise SampleError(f"{file}: cannot be read ({error})") from error


def _separator(file: Path) -> str:
    head = _content(file).split(b"\n", 1)[0].decode("utf-8", "replace")
    return max((",", ";", "\t", "|"), key=head.count)


def _rows(file: Path, kind: str, separator: str) -> pa.Table:
    content = BytesIO(_content(file))
    try:
        if kind == "parquet":
            return pyarrow.parquet.read_table(content).slice(0, SAMPLED_ROWS)
        if kind == "csv":
            parsing = pyarrow.csv.ParseOptions(delimiter=separator)
            return pyarrow.csv.read_csv(content, parse_options=parsing).slice(0, SAMPLED_ROWS)
        return _json_rows(content)
    except (pa.ArrowInvalid, json.JSONDecodeError) as error:
        raise SampleError(f"{file}: is no {kind} ({' '.join(str(error).split())[:200]})") from error


def _json_rows(content: BytesIO) -> pa.Table:
    table = pyarrow.json.read_json(content).slice(0, SAMPLED_ROWS)
    return _with_times(table)


def _with_times(table: pa.Table) -> pa.Table:
    """Texts that are all moments or days, as such: JSON knows neither."""
    for place, name in enumerate(table.column_names):
        parsed = _times(table.column(name))
        if parsed is not None:
            table = table.set_column(place, name, parsed)
    return table


def _times(column: Any) -> Any:
    """The column as days or moments, None when it holds neither; Arrow reads a day of JSON as its midnight."""
    if column.null_count == len(column):
        return None
    if pa.types.is_timestamp(column.type):
        days = pc.cast(column, pa.date32())
        at_midnight = pc.all(pc.equal(pc.cast(days, column.type), column)).as_py()
        return days if column.type.unit == "s" and at_midnight else None
    return _parsed(column) if pa.types.is_string(column.type) else None


def _parsed(column: Any) -> Any:
    for kind in (pa.date32(), pa.timestamp("us", tz="UTC"), pa.timestamp("us")):
        try:
            return pc.cast(column, kind)
        except pa.ArrowInvalid:
            continue
    return None


def _spark_type(kind: Any, file: Path, name: str) -> str:
    tests = {
        "boolean": pa.types.is_boolean,
        "bigint": pa.types.is_integer,
        "double": pa.types.is_floating,
        "date": pa.types.is_date,
        "timestamp": pa.types.is_timestamp,
        "binary": pa.types.is_binary,
    }
    for spark, holds in tests.items():
        if holds(kind):
            return spark
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_list(kind):
        return f"array<{_spark_type(kind.value_type, file, name)}>"
    if pa.types.is_struct(kind):
        return (
            "struct<" + ",".join(f"{part.name}:{_spark_type(part.type, file, name)}" for part in kind) + ">"
        )
    return "string"


def _require_names(file: Path, columns: dict[str, str], named: tuple[str, ...]) -> None:
    odd = [name for name in columns if not re.fullmatch(r"[a-z][a-z0-9_]*", name)]
    if odd:
        raise SampleError(
            f"{file}: column {', '.join(map(repr, odd))} cannot stand in SQL unquoted; expected lower-case letters, "
            "digits and _. Rename it where the file is made."
        )
    missing = [name for name in named if name not in columns]
    if missing:
        raise SampleError(f"{file}: no column {', '.join(missing)}; it has {', '.join(columns)}")


def _event_time(columns: dict[str, str]) -> str | None:
    times = [name for name, kind in columns.items() if kind in TIMES]
    return min(times, key=lambda name: (TIMES.index(columns[name]), list(columns).index(name)), default=None)


def _keys(file: Path, rows: pa.Table, columns: dict[str, str]) -> tuple[str, ...]:
    """The fewest columns that make each row unique; those called like a key come first."""
    usable = [n for n, kind in columns.items() if "<" not in kind and not rows.column(n).null_count]
    usable.sort(
        key=lambda name: (not re.search(r"(^|_)(id|key|no|number|code)$", name), columns[name] in ("double",))
    )
    for count in range(1, KEY_COLUMNS_AT_MOST + 1):
        for some in combinations(usable, count):
            if rows.group_by(list(some)).aggregate([]).num_rows == rows.num_rows:
                return some
    raise SampleError(
        f"{file}: no {KEY_COLUMNS_AT_MOST} columns make its {rows.num_rows:,} rows unique; say which do: "
        f"--key {_table(file)}=COLUMN[,COLUMN]"
    )
