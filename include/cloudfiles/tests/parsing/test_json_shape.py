"""Lines that are alike are read as each is by itself, whatever stands between them."""

import json
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyspark_cloudfiles.infer import _of_json
from pyspark_cloudfiles.options import Options
from pyspark_cloudfiles.parsing import json_shape
from pyspark_cloudfiles.parsing.json_columns import json_tokens, token_columns
from pyspark_cloudfiles.parsing.json_shape import Shape, shape_columns, telling_lines
from pyspark_cloudfiles.parsing.parser import JsonFile

GIVEN = {"path": "/p", "cloudfiles.format": "json", "cloudfiles.schemalocation": "/s"}
NAMES = ["a", "b", "é", ": ", "{"]
TEXT = dict.fromkeys(NAMES, pa.string())
TYPED = dict(
    zip(
        NAMES,
        [pa.int64(), pa.float64(), pa.bool_(), pa.timestamp("us", "UTC"), pa.decimal128(5, 2)],
        strict=True,
    )
)
READ_BY_ARROW = TYPED | {"{": pa.date32()}
Kinds = dict[str, pa.DataType]
every_kind = pytest.mark.parametrize("kinds", [TEXT, TYPED, READ_BY_ARROW], ids=["text", "typed", "arrow"])
PLAIN = [
    "0", "-0", "7", "-12", "1.10", "1E5", "1e-05", "-0.0", "9223372036854775807", "12345678901234567890", "true",
    "false", "null", '""', '"x"', '"5"', '"null"', '"é😀"', '": "', '":"', '","', '"}"', '"{"', '"a\': [1, {2}]"',
    '"2017-01-02T03:04:05Z"', '"2017-02-30"', '"\x7f"',
]  # fmt: skip
ODD = [
    "01", "-", "+1", ".5", "1.", "1e", "NaN", "Infinity", "-Infinity", "nul", "True", "'x'", '"x', "x", "",
    '"a\\"b"', '"\\u00e9"', '"\\\\"', '"a\tb"', '"a\x00"', "[]", "[1, 2]", "{}", '{"a": 1}', '"a" "b"', '"a""b"',
    '1, "c": 2', '"x", "a": 3', '1} {"a": 2', "1 2", '1: "b"',
]  # fmt: skip
ODD_LINES = [
    "", "  ", "{}", "[]", "7", '"', '""', "{", "}", '{"a"}', '{"a":1},', '[{"a":1},{"a":2}]', '{"new":1}',
    ' {"a":1}', '{"a":1} ', '{"a" :1}',
]  # fmt: skip
BLANKS = st.sampled_from(["", " ", "\t ", "  "])


@st.composite
def blocks(draw: st.DrawFn) -> list[bytes]:
    """Lines of which many have one shape, and any may be odd."""
    shapes = draw(st.lists(_shapes(), min_size=1, max_size=2))
    plain = st.sampled_from(PLAIN)
    values = st.one_of(plain, plain, plain, plain, plain, st.sampled_from(ODD))
    lines = st.one_of(*(_lines(shape, values) for shape in shapes), st.sampled_from(ODD_LINES))
    alike = draw(st.lists(_lines(shapes[0], plain), min_size=1, max_size=5))
    return [line.encode() for line in draw(st.permutations(alike + draw(st.lists(lines, max_size=20))))]


def _shapes() -> st.SearchStrategy[tuple[list[str], list[str]]]:
    names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True)
    return st.tuples(names, st.lists(BLANKS, min_size=4, max_size=4))


def _lines(shape: tuple[list[str], list[str]], values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names, (begin, before, after, behind) = shape

    def line(values: list[str]) -> str:
        members = (f'{before}"{name}":{after}{value}' for name, value in zip(names, values, strict=True))
        return f"{{{begin}{','.join(members)}{behind}}}"

    return st.lists(values, min_size=len(names), max_size=len(names)).map(line)


def _rows(lines: list[bytes], kinds: Kinds) -> list[str]:
    """As text, in which -0.0 is not 0.0."""
    schema = pa.schema([*kinds.items(), ("_rescued_data", pa.string())])
    return [repr(row) for row in JsonFile(schema, Options.parse(GIVEN), "s3://b/f")._block(lines).to_pylist()]


@every_kind
@settings(max_examples=60, deadline=None)
@given(lines=blocks())
def test_a_value_is_what_it_is_in_a_line_by_itself(kinds: Kinds, lines: list[bytes]) -> None:
    alone = [row for line in lines for row in _rows([line], kinds)]
    with patch.object(json_shape, "FEWEST_LINES", 1):
        assert _rows(lines, kinds) == alone


@every_kind
@settings(max_examples=60, deadline=None)
@given(lines=blocks())
def test_what_is_certain_is_what_the_tokens_are(kinds: Kinds, lines: list[bytes]) -> None:
    with patch.object(json_shape, "FEWEST_LINES", 1):
        shape = Shape.of(lines)
    if shape is None:
        return
    table, open_lines = shape_columns(b"\n".join(lines), shape, kinds)
    certain = [lines[number].decode() for number in np.flatnonzero(~open_lines)]
    tokens = [row for row in json_tokens(certain) if row is not None]
    assert len(tokens) == len(certain) == len(table)
    each = [token_columns([row], kinds) for row in tokens]
    assert not any(left_open.any() for _, left_open in each)
    assert repr(table.to_pylist()) == repr([row for found, _ in each for row in found.to_pylist()])


@pytest.mark.parametrize("types", ["true", "false"])
@settings(max_examples=60, deadline=None)
@given(lines=blocks())
def test_the_telling_lines_name_the_same_columns(types: str, lines: list[bytes]) -> None:
    options = Options.parse(GIVEN | {"cloudfiles.infercolumntypes": types})
    each = list(_of_json(options, iter([[line] for line in lines])))
    with patch.object(json_shape, "FEWEST_LINES", 1):
        assert list(_of_json(options, iter([lines]))) == each


def _plain(count: int) -> list[bytes]:
    values = {"a": 1, "b": 1.5, "é": True, ": ": "2017-01-01T10:00:00Z", "{": 2}
    return [json.dumps(values | {"a": number}, ensure_ascii=False).encode() for number in range(count)]


@pytest.mark.parametrize(
    "kinds", [TEXT, TYPED, TEXT | {"missing": pa.date32()}], ids=["text", "typed", "missing"]
)
def test_plain_lines_are_all_certain(kinds: Kinds) -> None:
    lines = _plain(100)
    shape = Shape.of(lines)
    assert shape is not None
    table, open_lines = shape_columns(b"\n".join(lines), shape, kinds)
    assert not open_lines.any()
    assert table.column("a").cast(pa.int64()).to_pylist() == list(range(100))


def test_odd_lines_among_plain_ones_leave_those_certain() -> None:
    lines = _plain(100)
    for number in (1, 50, 99):
        lines[number] = lines[number].replace(b"1.5", rb'"\""')
    lines[70] = b'{"a": "'
    shape = Shape.of(lines)
    assert shape is not None
    assert np.flatnonzero(shape_columns(b"\n".join(lines), shape, TEXT)[1]).tolist() == [1, 50, 70, 99]


def test_few_lines_tell_all() -> None:
    lines = _plain(100)
    assert telling_lines(lines, kinds=False) == lines[:1]
    lines[40] = lines[40].replace(b"1.5", b"null")
    lines[60:62] = [line.replace(b'"a": 6', b'"a": 123456789012345678') for line in lines[60:62]]
    assert telling_lines(lines, kinds=True) == [lines[0], lines[40], *lines[60:62]]


@pytest.mark.parametrize(
    "line",
    [
        b'{"a":1,"a":2}',
        b'{"a":{}}',
        b'{"a":"\\n"}',
        b"{}",
        b',"a":1}',
        b'{"a":1{"b":2}',
        b'{"a":01}',
        b'{"a":1} ',
    ],
)
def test_a_line_that_is_no_flat_object_of_distinct_names_has_no_shape(line: bytes) -> None:
    assert Shape.of([line] * 100) is None


def test_there_is_no_shape_of_few_lines_or_many_names() -> None:
    wide: dict[str, Any] = {f"n{number}": 1 for number in range(json_shape.MOST_NAMES + 1)}
    assert Shape.of([json.dumps(wide).encode()] * 100) is None
    assert Shape.of(_plain(json_shape.FEWEST_LINES - 1)) is None
