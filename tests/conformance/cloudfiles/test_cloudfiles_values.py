"""Auto Loader's values are those of Spark's own readers of JSON and CSV, value by value, on generated files.

Hundreds of generated records make one file, which is read once by `cloudFiles`' parser and once by Spark. What differs
on purpose is in the table of include/cloudfiles/README.md, and is left out or said here.
"""

import bz2
import gzip
import json
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql.types import StringType, StructField, StructType

from pyspark_cloudfiles.ddl import parse
from pyspark_cloudfiles.files.storage import FileInfo, storage_of
from pyspark_cloudfiles.options import Options
from pyspark_cloudfiles.parsing.json_shape import Shape
from pyspark_cloudfiles.parsing.parser import RowParser
from pyspark_cloudfiles.schema import arrow_schema

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TYPED = (
    "i bigint, s int, h smallint, y tinyint, d double, f float, p decimal(10,2), q boolean, t timestamp, "
    "n timestamp_ntz, a date, x string, b binary"
)
TEXT = "i string, s string, d string, t string, x string, o string, l string"
NESTED = (
    "o struct<k:int,l:string,m:array<double>>, l array<date>, e array<struct<k:bigint,t:timestamp>>, x string, "
    "ll array<array<int>>, m map<string,decimal(5,1)>"
)
FAST = "i bigint, d double, q boolean, x string, l array<bigint>, o struct<k:bigint,l:string>, t timestamp, a date"
MOMENTS = [
    "2017-01-02T03:04:05Z", "2017-01-02 03:04:05", "2017-01-02T03:04:05.123456789+01:00", "2017-1-2", "2017-1",
    "2017", "2017-01-02 3:4", "2017-01-02T03:04:05 PST", "2017-06-02 03:04:05 Europe/Berlin",
    "2017-03-26 02:30:00 Europe/Berlin", "2017-02-30", "2017-01-02T24:00:00", "2017-01-02T03:04Z",
    "2017-01-02T03:04:05+0100", "2017-01-02T03:04:05-1:5", "10000-01-01", "-0044-03-15", "0000-01-01",
    " 2017-01-02 ", "2017-01-02T", "2017-01-02 xyz", "2017-01-02Z", "today", "2017-01-02T03:04:05GMT+01:00",
    "1582-10-10", "0001-01-01", "9999-12-31T23:59:59.999999Z", "999999-01-01", "17532", "7",
]  # fmt: skip
NUMBERS = [
    "0", "-0", "1.10", "12345678901234567890.123456789", "1E5", "1e400", "-1e-400", "0.1", "16777217", "127",
    "128", "200", "-129", "32768", "2147483648", "9223372036854775808", "1.255", "99999999.995", "123456789.1",
    "1e2",
]  # fmt: skip
ODD_JSON = [
    "NaN", "-Infinity", "+INF", '"NaN"', '"-INF"', '"Infinity"', '"INF"', '"1,000.5"', '"+1"', '"1e2"', '""',
    '"YWI="', '"YWI"', "'single'", '"it\\\'s"', '"\\ud800x"', '"\\ud83d\\ude00"', '"\\u00e9\\n\\/"', '"é😀"',
    '{"b": 1.10,  "c" : [ 1 ]}', "[1.0,2.50]", "[]", "{}", "{'b': NaN}", '[{"k":1},{"k":"x"},null]', '"true"',
    "[[1],[2,null]]", '[[1,"x"],[2]]', '{"k":1,"l":{"z": 1.0},"m":[1,"NaN"]}', '{"k":"x","l":2,"u":3}',
    '{"k":1,"k":"x"}',
]  # fmt: skip
ODD_CSV = [
    *MOMENTS, *NUMBERS, "", "true", "FALSE", "t", "1", " 5", "5 ", "+5", "0x1F", "1_0", "٣", "1d", "0x1p3",
    "NaN", "Inf", "-Inf", "Infinity", "nan", "1,5", ".5", "1.", "ab", "#x", "é😀", "\x00", "x y", "\\", '"',
    '""', '"a"', '"a;b"', '"a""b"', '"a\\"b"', '"a\\\\"', '"a"b', '"a" ', ' "a"', '"open', "'s'", '"a\\n"',
]  # fmt: skip
BLANKS = "".join(map(chr, range(33)))
Rows = list[tuple[Any, ...]]
Compare = Callable[..., list[tuple[tuple[Any, ...], tuple[Any, ...], Any]]]


@pytest.fixture(scope="module")
def spark(stack: dict[str, str]) -> "SparkSession":
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(stack["SPARK_REMOTE"]).getOrCreate()


@pytest.fixture
def compare(spark: "SparkSession", tmp_path: Path) -> Compare:
    """Reads one file both ways; for each row the values here, those of Spark, and what was rescued."""

    def inner(content: bytes, ddl: str, name: str, **options: str) -> list[tuple[Any, Any, Any]]:
        file = tmp_path / name
        for old in tmp_path.iterdir():
            old.unlink()
        file.write_bytes(content)
        kind = "csv" if ".csv" in name else "json"
        ours = _parsed(content, ddl, file, **{"cloudfiles.format": kind}, **options)
        theirs = spark.read.schema(ddl).options(**options).format(kind).load(tmp_path.as_uri()).toArrow()
        names = [field.name for field in parse(ddl).fields]
        assert len(ours) == len(theirs)
        rescued = ours.column("_rescued_data").to_pylist()
        return list(zip(_rows(ours, names), _rows(theirs, names), rescued, strict=True))

    return inner


def _parsed(content: bytes, ddl: str, file: Path, **options: str) -> pa.Table:
    parsed = Options.parse({"path": "/p", "cloudfiles.schemalocation": "/s"} | options)
    columns = [*parse(ddl).fields, StructField("_rescued_data", StringType())]
    schema = arrow_schema(StructType(columns), parsed)
    batches = RowParser(schema, parsed).batches(BytesIO(content), FileInfo(file.as_uri(), 0))
    return pa.Table.from_batches(list(batches), schema)


def _rows(table: pa.Table, names: list[str]) -> Rows:
    """Dates and moments as numbers, as Python's own end with the year 9999; NaN and -0.0 as text."""
    return list(zip(*(_values(table.column(name)) for name in names), strict=True))


def _values(column: pa.ChunkedArray) -> list[Any]:
    return [repr(value) for value in column.cast(_numeric(column.type)).to_pylist()]


def _numeric(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.int64()
    if pa.types.is_date(kind):
        return pa.int32()
    if pa.types.is_list(kind):
        return pa.list_(_numeric(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _numeric(field.type)) for field in kind.fields])
    return kind


def _generated(records: st.SearchStrategy[Any], count: int = 300) -> list[Any]:
    """So many records, the same in each run. They are not shrunk: each is a line of its own.

    With --hypothesis-profile=default others are generated, to look for what nobody has thought of.
    """
    found: list[Any] = []

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(record=records)
    def collect(record: Any) -> None:
        found.append(record)

    collect()
    return found


def _json_values() -> st.SearchStrategy[str]:
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    )
    texts = anything.map(lambda value: json.dumps(value, ensure_ascii=False))
    moments = st.sampled_from(MOMENTS).map(json.dumps)
    dates = st.dates().map(lambda day: f'"{day}"') | st.datetimes().map(lambda moment: f'"{moment}"')
    return st.sampled_from(ODD_JSON) | st.sampled_from(NUMBERS) | moments | dates | texts


def _json_lines(ddl: str) -> st.SearchStrategy[str]:
    """Objects with fields of the schema and others, some twice, some in another case."""
    names = [field.name for field in parse(ddl).fields]
    # A misfit inside of a map makes Spark lose its place in the record, so maps hold what fits.
    maps = st.dictionaries(st.text("pqéi", max_size=2), st.none() | st.integers(-999, 999), max_size=2).map(
        json.dumps
    )
    # So does most text that is no Base64 in a binary column.
    fitting = {"m": maps, "b": st.sampled_from(['"YWI="', '"YWI"', '""', "null", "true", "1.5", "[]"])}
    keys = st.sampled_from([*names, *names, *names, "new", names[0].upper()])
    members = keys.flatmap(lambda key: st.tuples(st.just(key), fitting.get(key, _json_values())))
    fields = st.lists(members, max_size=6)
    return st.builds(_object, fields, st.sampled_from(["", "", "", " ", "\t "]))


def _object(fields: list[tuple[str, str]], blank: str) -> str:
    members = (f'{blank}"{key}"{blank}:{blank}{value}{blank}' for key, value in fields)
    return "{" + ",".join(members) + "}"


def _like_spark(rows: list[tuple[Any, Any, Any]], lines: list[str]) -> None:
    differing = [
        f"{line}\n  here  {ours}\n  Spark {theirs}"
        for line, (ours, theirs, _) in zip(lines, rows, strict=True)
        if ours != theirs
    ]
    assert not differing, "\n".join(differing[:5])


@pytest.mark.parametrize("ddl", [TYPED, TEXT, NESTED, FAST], ids=["typed", "text", "nested", "fast"])
def test_json_is_read_as_spark_reads_it(compare: Compare, ddl: str) -> None:
    lines = _generated(_json_lines(ddl))
    _like_spark(compare("\n".join(lines).encode("utf-8", "surrogatepass"), ddl, "a.json"), lines)


@pytest.mark.parametrize(
    "kind", ["bigint", "double", "decimal(10,2)", "boolean", "timestamp", "date", "string"]
)
def test_json_whose_lines_are_alike_is_read_as_spark_reads_it(compare: Compare, kind: str) -> None:
    values = st.sampled_from(NUMBERS) | st.sampled_from(MOMENTS).map(json.dumps) | _json_values()
    lines = _generated(st.builds(lambda one, other: f'{{"v": {one}, "w": {other}}}', values, values))
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    assert Shape.of(content.split(b"\n")), "no shape is tried"
    _like_spark(compare(content, f"v {kind}, w {kind}", "a.json"), lines)


def test_a_damaged_line_of_json_never_gives_another_value(compare: Compare) -> None:
    """Spark keeps what it read before it stumbled; here such a line is in the rescued column as a whole."""
    whole = '{"i":1,"x":"a","l":[1,2],"o":{"k":1,"l":"b"}}'
    rest = st.sampled_from(["", "x", "}", "]", ",", '"', " {}", "tru", "\x0b", "\xff"])
    lines = _generated(st.builds(lambda cut, end: whole[:cut] + end, st.integers(1, len(whole)), rest))
    rows = compare("\n".join(lines).encode("latin-1"), FAST, "a.json")
    for line, (ours, theirs, rescued) in zip(lines, rows, strict=True):
        assert ours == theirs or (set(ours) == {"None"} and "_corrupt_record" in rescued), line


@pytest.mark.parametrize("ddl", [TYPED, TEXT], ids=["typed", "text"])
@pytest.mark.parametrize(
    ("sep", "end", "header"), [(",", "\n", False), (";", "\r\n", True), ("\t", "\r", False)]
)
def test_csv_is_read_as_spark_reads_it(compare: Compare, sep: str, end: str, header: bool, ddl: str) -> None:
    values = st.sampled_from(ODD_CSV) | st.text('a",; \\é\t', max_size=6)
    lines = _generated(st.lists(values, max_size=15).map(sep.join))
    first = [sep.join(field.name for field in parse(ddl).fields)] if header else []
    content = end.join([*first, *lines]).encode()
    rows = compare(content, ddl, "a.csv", sep=sep, header=str(header).lower())
    _like_spark(rows, [line for line in lines if line.strip(BLANKS)])


def test_well_formed_csv_is_read_as_spark_reads_it(compare: Compare) -> None:
    text = st.text(st.characters(codec="utf-8", exclude_characters='"\\\r\n,'), max_size=5)
    values = text | text.map(lambda inner: f'"{inner},{inner}"')
    lines = _generated(values.map(lambda value: f"7,{value},1.5,,x"))
    ddl = "i bigint, x string, d double, t timestamp, z string"
    _like_spark(compare("\n".join(lines).encode(), ddl, "a.csv"), lines)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
def test_bytes_that_are_no_text(compare: Compare, mark: bytes) -> None:
    junk = _generated(st.binary(max_size=6).filter(lambda part: not set(part) & set(b'"\\{}\r\n,')))
    rows = compare(
        mark + b"\n".join(b"1," + part + b",z" for part in junk), "i int, x string, z string", "a.csv"
    )
    _like_spark(rows, [repr(part) for part in junk])
    quoted = b"\n".join(b'{"i":1,"x":"%s"}' % part for part in junk)
    for ours, theirs, rescued in compare(mark + quoted, "i int, x string", "a.json"):
        assert ours == theirs or (set(ours) == {"None"} and "_corrupt_record" in rescued)


@pytest.mark.parametrize(
    ("end", "compressed"),
    [
        ("", bytes),
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".zst", lambda content: pa.Codec("zstd").compress(content, asbytes=True)),
    ],
    ids=["plain", "gz", "bz2", "zst"],
)
@pytest.mark.parametrize("kind", ["json", "csv"])
def test_compressed_files(
    compare: Compare, kind: str, end: str, compressed: Callable[[bytes], bytes]
) -> None:
    line = b'{"i":%d,"x":"a"}' if kind == "json" else b"%d,a"
    content = b"\n".join(line % number for number in range(50_000))
    rows = compare(compressed(content), "i bigint, x string", f"a.{kind}{end}")
    assert len(rows) == 50_000
    _like_spark(rows, [str(row) for row in rows])


NAMES = [
    "a.json", "_year=2020/b.json", "c.json._COPYING_", "_hidden/d.json", "_e.json", ".f.json", "sp ace/g#1.json",
    "100%25.json", "é+ü&=?.json", "_metadata.json", "_common_metadata/h.json", "x=1/_SUCCESS", "deep/er/i.json",
    "_k=v.json", "semi;colon,'quote'.json", "[brackets]{x}.json",
]  # fmt: skip


def test_the_same_files_are_data_by_the_same_names(spark: "SparkSession", tmp_path: Path) -> None:
    for number, name in enumerate(NAMES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"n": number}))
    reader = spark.read.schema("n bigint").option("recursiveFileLookup", "true").json(tmp_path.as_uri())
    rows = reader.selectExpr("n", "_metadata.file_path AS path").collect()
    theirs = {row.n: row.path.replace("file:/", "file:///", 1) for row in rows}  # one and the same: RFC 8089
    folder = tmp_path.as_uri()
    ours = {}
    for file in storage_of(folder).list(folder):
        with storage_of(folder).open(file.path) as content:
            ours[json.load(content)["n"]] = file.path
    assert {NAMES[n]: path for n, path in ours.items()} == {NAMES[n]: path for n, path in theirs.items()}
    assert os.path.basename(ours[0]) == "a.json"
