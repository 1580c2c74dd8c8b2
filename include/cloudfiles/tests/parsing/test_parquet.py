"""Parquet files, written with pyarrow as others would write them."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pyspark_cloudfiles.options import Options
from pyspark_cloudfiles.schema import stream_schema

Parsed = Callable[..., list[dict[str, Any]]]
PARQUET = {"cloudfiles.format": "parquet"}


def _file(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def _rescued(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["_rescued_data"])
    assert found.pop("_file_path") == "s3://b/f"
    return found


def test_columns_are_cast_and_may_be_missing(parsed: Parsed) -> None:
    moment = pa.array([datetime(2017, 1, 1, 10)], pa.timestamp("ns"))
    content = _file(n=pa.array([1], pa.int16()), p=pa.array([1.5]), t=moment, tags=[["a"]])
    hints = "n bigint, p decimal(10,2), t timestamp, tags array<string>, later string"
    assert parsed(content, hints, **PARQUET) == [
        {
            "n": 1,
            "p": Decimal("1.50"),
            "t": datetime(2017, 1, 1, 10, tzinfo=UTC),
            "tags": ["a"],
            "later": None,
            "_rescued_data": None,
        }
    ]


def test_what_does_not_fit_is_rescued_value_by_value(parsed: Parsed) -> None:
    content = _file(n=["1", "x", None], at=[{"k": 1}, {"k": 2}, None], new=[None, None, 5])
    rows = parsed(content, "n bigint, at string", **PARQUET)
    assert [row["n"] for row in rows] == [1, None, None]
    assert [row["at"] for row in rows] == ['{"k": 1}', '{"k": 2}', None]
    assert rows[0]["_rescued_data"] is None
    assert [_rescued(row) for row in rows[1:]] == [{"n": "x"}, {"new": 5}]


def test_a_damaged_file_is_one_row_that_says_so(parsed: Parsed) -> None:
    content = _file(n=list(range(1000)))
    (row,) = parsed(content[:-20], "n bigint", **PARQUET)
    said = _rescued(row)
    assert row["n"] is None
    assert said["_problem"].startswith("damaged parquet: ")
    assert said["_corrupt_record"] == ""


def test_types_are_those_of_the_files(folder: Any) -> None:
    folder.put("0.parquet", b"damaged")
    folder.put("1.parquet", _file(n=pa.array([1], pa.int32()), s=["a"]))
    folder.put("2.parquet", _file(n=["text"], late=[True]))
    location = folder.uri.removesuffix("in") + "schema"
    options = Options.parse({"path": folder.uri, "cloudfiles.schemalocation": location} | PARQUET)
    expected = "struct<n:int,s:string,late:boolean,_rescued_data:string>"
    assert stream_schema(options).simpleString() == expected
