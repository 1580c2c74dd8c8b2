import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pyspark_cloudfiles.options import OptionError

Parsed = Callable[..., list[dict[str, Any]]]
CSV = {"cloudfiles.format": "csv", "header": "true"}
HINTS = "n bigint, x double, s string, t timestamp, d date, q boolean"
LINE = b'{"n":1,"x":2,"s":"a","t":"2017-01-01T10:00:00Z","d":"2017-01-02","q":true}'
ROW = {
    "n": 1,
    "x": 2.0,
    "s": "a",
    "t": datetime(2017, 1, 1, 10, tzinfo=UTC),
    "d": date(2017, 1, 2),
    "q": True,
    "_rescued_data": None,
}
EMPTY = dict.fromkeys(ROW)


def _rescued(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["_rescued_data"])
    assert found.pop("_file_path") == "s3://b/f"
    return found


def test_good_lines_have_every_type(parsed: Parsed) -> None:
    assert parsed(LINE + b"\n" + LINE, HINTS) == [ROW, ROW]


def test_row_by_row_reads_the_same_as_at_once(parsed: Parsed) -> None:
    # One bad line makes its neighbours go the slow way.
    *neighbours, bad = parsed(b"\n".join([LINE] * 10 + [b"bad"]), HINTS)
    assert neighbours == [ROW] * 10
    assert _rescued(bad) == {"_corrupt_record": "bad"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("n", value) for value in ("1", 1.5, True, 2**63)),
        *(("t", value) for value in ("soon", 5.5)),
        ("x", "1"),
        ("d", "2017-13-01"),
        ("q", 1),
    ],
)
def test_a_value_of_another_type_is_rescued(parsed: Parsed, column: str, value: Any) -> None:
    line = json.dumps(json.loads(LINE) | {column: value}).encode()
    (row,) = parsed(line, HINTS)
    assert {**row, "_rescued_data": None} == ROW | {column: None}
    assert _rescued(row) == {column: value}


def test_an_unknown_field_is_rescued(parsed: Parsed) -> None:
    (row,) = parsed(b'{"n":1,"new":{"a":[1]}}', HINTS)
    assert row["n"] == 1
    assert _rescued(row) == {"new": {"a": [1]}}


def test_text_takes_any_value(parsed: Parsed) -> None:
    rows = parsed(b'{"s":5}\n{"s":{"k":[1,"\xc3\xa9"]}}\n{"s":null}\n{"s":""}', "s string")
    assert [row["s"] for row in rows] == ["5", '{"k":[1,"é"]}', None, ""]
    assert [row["_rescued_data"] for row in rows] == [None] * 4


@pytest.mark.parametrize(
    "line",
    [
        b'{"n":1',
        b"[1]",
        b"7",
        b'{"n":01}',
        b"{n:1}",
        b'{"n":1,',
        b"\x0b",
        b"[" * 100_000,
    ],
)
def test_a_line_that_is_no_object_is_kept_as_it_is(parsed: Parsed, line: bytes) -> None:
    good, bad, after = parsed(b"\n".join([LINE, line, LINE]), HINTS)
    assert (good, after) == (ROW, ROW)
    assert {**bad, "_rescued_data": None} == EMPTY
    assert _rescued(bad) == {"_corrupt_record": line.decode()}


def test_bytes_that_are_no_text_are_kept_readable(parsed: Parsed) -> None:
    good, bad = parsed(LINE + b'\n{"s":"\xff"}', HINTS)
    assert good == ROW
    assert _rescued(bad) == {"_corrupt_record": '{"s":"\\xff"}'}


def test_an_object_over_two_lines_is_two_bad_lines(parsed: Parsed) -> None:
    first, second = parsed(b'{"n":1,\n"s":"x"}', HINTS)
    assert _rescued(first) == {"_corrupt_record": '{"n":1,'}
    assert _rescued(second) == {"_corrupt_record": '"s":"x"}'}


def test_blank_lines_marks_and_carriage_returns_are_no_rows(parsed: Parsed) -> None:
    content = b"\xef\xbb\xbf" + LINE + b"\r\n\r\n   \n" + LINE + b"\r\n"
    assert parsed(content, HINTS) == [ROW, ROW]
    assert parsed(b"", HINTS) == []


def test_what_follows_a_record_is_kept_beside_it(parsed: Parsed) -> None:
    two, text = parsed(b'{"n":1}{"n":2}\n{"n":3} x', "n bigint")
    assert (two["n"], text["n"]) == (1, 3)
    assert _rescued(two) == {"_corrupt_record": '{"n":1}{"n":2}'}
    assert _rescued(text) == {"_corrupt_record": '{"n":3} x'}


def test_few_bad_lines_among_many_cost_no_good_one(parsed: Parsed) -> None:
    lines = [b'{"n":%d}' % i for i in range(50_000)]
    for i in (0, 19_999, 20_000, 33_333, 49_999):
        lines[i] = b"bad %d" % i
    rows = parsed(b"\n".join(lines), "n bigint")
    assert len(rows) == 50_000
    assert [i for i, row in enumerate(rows) if row["n"] != i] == [0, 19_999, 20_000, 33_333, 49_999]


@pytest.mark.parametrize("cut", [8, 1500])
def test_a_truncated_gzip_lands_its_rows_and_says_so(parsed: Parsed, cut: int) -> None:
    lines = [json.dumps({"n": i, "s": str(i * 7919)}).encode() for i in range(2000)]
    *rows, last = parsed(
        gzip.compress(b"\n".join(lines) + b"\n", mtime=0)[:-cut], "n bigint, s string", "s3://b/f.gz"
    )
    assert [row["n"] for row in rows] == list(range(len(rows)))
    assert len(rows) == 2000 if cut == 8 else 1000 < len(rows) < 2000
    said = json.loads(last["_rescued_data"])
    assert said["_file_path"] == "s3://b/f.gz"
    assert said["_problem"].startswith("truncated gzip")
    fragment = said["_corrupt_record"].encode()
    assert fragment == (b"" if cut == 8 else lines[len(rows)][: len(fragment)])


def test_csv_has_every_type(parsed: Parsed) -> None:
    for moment in (b"2017-01-01T10:00:00Z", b"2017-01-01 10:00:00", b"2017-01-01T12:00:00+02:00"):
        content = b"n,x,s,t,d,q\n1,2,a," + moment + b",2017-01-02,true\n"
        assert parsed(content, HINTS, **CSV) == [ROW]


def test_csv_columns_go_by_name_and_may_be_missing(parsed: Parsed) -> None:
    assert parsed(b"s,n\na,1\n,\n", HINTS, **CSV) == [
        EMPTY | {"n": 1, "s": "a"},
        EMPTY,
    ]


def test_csv_without_header_goes_by_position(parsed: Parsed) -> None:
    options = {"cloudfiles.format": "csv", "header": "false", "sep": ";"}
    rows = parsed(b"1;a;b\n2;c\n", "n bigint, s string, u string", **options)
    assert [(row["n"], row["s"], row["u"]) for row in rows] == [(1, "a", "b"), (2, "c", None)]


def test_csv_rescues_what_does_not_fit(parsed: Parsed) -> None:
    content = b'n,s,new\n1,"a, b",\nx,c,9\n1_0,d,\n2,"open,\n3,e,f,g\n'
    rows = parsed(content, "n bigint, s string", **CSV)
    assert [row["n"] for row in rows] == [1, None, None, 2, 3]
    assert [row["s"] for row in rows] == ["a, b", "c", "d", "open,", "e"]
    assert [_rescued(row) for row in (*rows[1:3], rows[4])] == [
        {"n": "x", "new": "9"},
        {"n": "1_0", "new": None},
        {"new": "f", "_c3": "g"},
    ]


def test_an_open_quote_swallows_no_line(parsed: Parsed) -> None:
    rows = parsed(b'n,s\n1,"a\n2,b\n3,"c\n4,d\n', "n bigint, s string", **CSV)
    assert [(row["n"], row["s"]) for row in rows] == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


def test_a_repeated_column_is_named_by_its_place(parsed: Parsed) -> None:
    (row,) = parsed(b"n,N,\n1,2,3\n", "n0 bigint, _c2 string", **CSV)
    assert (row["n0"], row["_c2"]) == (1, "3")
    assert _rescued(row) == {"N1": "2"}


@pytest.mark.parametrize("separator", [",", "|", "\\t"])
def test_a_value_of_csv_does_not_depend_on_its_neighbours(parsed: Parsed, separator: str) -> None:
    lines = [b"1,0x1F,a", b"true,12,b", b"0,7,c", b'TRUE,-3,"d"', b"false,1_0,e"]
    odd = b'x,bad,"a ""b"" c",more'
    options = {"cloudfiles.format": "csv", "sep": separator}

    def read(*chosen: bytes) -> list[dict[str, Any]]:
        content = b"\n".join(chosen).replace(b",", separator.replace("\\t", "\t").encode())
        return parsed(content, "q boolean, n bigint, s string", **options)

    alone = [row for line in lines for row in read(line)]
    assert [(row["q"], row["n"]) for row in alone] == [
        (None, None),
        (True, 12),
        (None, 7),
        (True, -3),
        (False, None),
    ]
    assert read(*lines) == alone
    assert read(odd, *lines, odd)[1:-1] == alone


def test_a_value_of_json_does_not_depend_on_its_neighbours(parsed: Parsed) -> None:
    lines = [
        b'{"n":1,"s":1.10}',
        b'{"n":"2","s":"a"}',
        b"{'n':3,'s':NaN}",
        b'{"n":4,"s":[1.0]}',
        b'{"t":"2017-1-2 3:4"}',
    ]
    # Arrow would take these for three rows too.
    odd = [b'{"n":8}{"n":9}', b'{"n":', b"10}"]
    alone = [row for line in [*lines, *odd] for row in parsed(line, HINTS)]
    assert parsed(b"\n".join([*lines, *odd]), HINTS) == alone
    assert [row["n"] for row in alone] == [1, None, 3, 4, None, 8, None, None]


def test_text_columns_keep_the_text_of_the_file(parsed: Parsed) -> None:
    texts = ["1.10", "12345678901234567890.123456789", "1E5", "-0", '{"b": 1.10,  "a":[ 1.0 ]}', "true"]
    content = "\n".join(f'{{"s":{text},"u": {text} }}' for text in texts).encode()
    assert [row["s"] for row in parsed(content, "s string, u string")] == texts
    rescued = [row["_rescued_data"] for row in parsed(content, "s string")]
    assert [text in said for text, said in zip(texts, rescued, strict=True)] == [True] * len(texts)


def test_lenient_json_is_read(parsed: Parsed) -> None:
    rows = parsed(b"""{'s':'it\\'s',"x":-Infinity}\n[{"n":1},{"n":2}]\n[]\n{"s":"\\ud800"}""", HINTS)
    assert [row["s"] for row in rows] == ["it's", None, None, "?"]
    assert rows[0]["x"] == float("-inf")
    assert [row["n"] for row in rows][1:3] == [1, 2]
    assert [row["_rescued_data"] for row in rows] == [None] * 4


def test_of_a_name_that_is_there_twice_the_last_value_that_fits_counts(parsed: Parsed) -> None:
    rows = parsed(b'{"n":1,"n":2}\n{"n":1,"n":"x"}\n{"N":1}', "n bigint")
    assert [row["n"] for row in rows] == [2, 1, None]
    assert [_rescued(row) for row in rows[1:]] == [{"n": "x"}, {"N": 1}]


def test_a_backslash_escapes_a_quote_in_csv(parsed: Parsed) -> None:
    (row,) = parsed(
        b'1,"say \\"hi\\", Bob",x\n', "n bigint, s string, z string", **{"cloudfiles.format": "csv"}
    )
    assert (row["s"], row["z"]) == ('say "hi", Bob', "x")


NESTED = (
    "price decimal(10,2), tags array<string>, at struct<shop:bigint,opened:date>, sizes map<string,double>, "
    "local timestamp_ntz, blob binary"
)
NESTED_LINE = (
    b'{"price":"12.50","tags":["a",null],"at":{"shop":1,"opened":"2017-01-02"},"sizes":{"s":1,"m":2.5},'
    b'"local":"2017-01-01T10:00:00","blob":"YWI="}'
)
NESTED_ROW = {
    "price": Decimal("12.50"),
    "tags": ["a", None],
    "at": {"shop": 1, "opened": date(2017, 1, 2)},
    "sizes": [("s", 1.0), ("m", 2.5)],
    "local": datetime(2017, 1, 1, 10),
    "blob": b"ab",
    "_rescued_data": None,
}


@pytest.mark.parametrize("unit", ['"\\', '"\\x', '\\"x'])
def test_a_line_may_hold_any_number_of_quotes_and_backslashes(parsed: Parsed, unit: str) -> None:
    lines = [f'"a{unit * 20_000},1'.encode(), b"b,2"]
    first, second = parsed(b"s,n\n" + b"\n".join(lines), "s string, n bigint", **CSV)
    assert first["s"].count("\\") <= 20_000
    assert (second["s"], second["n"]) == ("b", 2)


def test_json_has_nested_types(parsed: Parsed) -> None:
    assert parsed(NESTED_LINE + b"\n" + NESTED_LINE, NESTED) == [NESTED_ROW, NESTED_ROW]
    (empty,) = parsed(b'{"price":null,"tags":null,"at":null}', NESTED)
    assert empty == dict.fromkeys(NESTED_ROW)


def test_a_number_is_a_decimal_too_at_once_and_row_by_row(parsed: Parsed) -> None:
    rows = parsed(b'{"p":1.25}\n{"p":"7"}\n{"p":3}\nbad', "p decimal(10,2)")
    assert [row["p"] for row in rows] == [Decimal("1.25"), Decimal("7.00"), Decimal("3.00"), None]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("price", value) for value in ("123456789.1", "much", True, [1])),
        *(("tags", value) for value in ("a", {"a": 1})),
        *(("at", value) for value in ("x", [1])),
        *(("sizes", value) for value in ({"s": "x"}, [1])),
        ("local", "2017-01-01T10:00:00+02:00"),
        ("blob", "not base64!"),
    ],
)
def test_a_nested_value_that_does_not_fit_is_rescued_whole(parsed: Parsed, column: str, value: Any) -> None:
    (row,) = parsed(json.dumps(json.loads(NESTED_LINE) | {column: value}).encode(), NESTED)
    assert {**row, "_rescued_data": None} == NESTED_ROW | {column: None}
    assert _rescued(row) == {column: value}


def test_a_part_that_does_not_fit_costs_no_other_part(parsed: Parsed) -> None:
    values = [{"shop": "x", "opened": "2017-01-02"}, {"shop": 1, "planet": "mars"}]
    rows = parsed(b"\n".join(json.dumps({"at": value}).encode() for value in values), NESTED)
    assert [row["at"] for row in rows] == [
        {"shop": None, "opened": date(2017, 1, 2)},
        {"shop": 1, "opened": None},
    ]
    assert [_rescued(row) for row in rows] == [{"at": value} for value in values]


def test_decimals_are_rounded_half_up(parsed: Parsed) -> None:
    rows = parsed(b'{"p":1.255}\n{"p":"1,000.5"}', "p decimal(10,2)")
    assert [row["p"] for row in rows] == [Decimal("1.26"), Decimal("1000.50")]


def test_csv_has_decimals(parsed: Parsed) -> None:
    rows = parsed("p\n1.25\nx\n٣\n".encode(), "p decimal(10,2)", **CSV)
    assert [row["p"] for row in rows] == [Decimal("1.25"), None, Decimal("3.00")]


def test_csv_with_a_nested_column_is_refused(parsed: Parsed) -> None:
    with pytest.raises(OptionError, match="column tags is array<string>, which CSV cannot hold"):
        parsed(b"tags\n1\n", "tags array<string>", **CSV)
