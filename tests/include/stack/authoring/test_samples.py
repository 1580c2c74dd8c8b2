"""A sample file tells its columns, keys and event time, or says which flag helps."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakeloop.config.sql_type import checked
from lakeloop_stack.authoring.samples import SampleError, read_sample

ORDERS = """\
order_id;customer;placed_at;amount
1;a;2024-01-05 10:00:00;3.5
2;b;2024-01-05 11:00:00;1
2;c;2024-01-06 09:00:00;2
"""


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "Orders-2024-01-05.csv"
    file.write_text(ORDERS)
    return file


def test_a_csv_file_tells_its_separator_types_keys_and_time(orders: Path) -> None:
    sample = read_sample(orders)

    assert (sample.table, sample.format, sample.options) == ("orders", "csv", {"header": True, "sep": ";"})
    assert sample.columns == {
        "order_id": "bigint",
        "customer": "string",
        "placed_at": "timestamp",
        "amount": "double",
    }
    assert sample.keys == ("customer",)
    assert sample.event_time == "placed_at"
    assert sample.numbers == ["order_id", "amount"]


def test_what_is_given_wins_over_what_would_be_proposed(orders: Path) -> None:
    sample = read_sample(orders, keys=("order_id", "customer"))

    assert sample.keys == ("order_id", "customer")


def test_json_lines_tell_moments_and_nested_columns(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl.gz"
    lines = (
        b'{"id": 1, "at": "2024-01-05T10:00:00Z", "day": "2024-01-05", "tags": ["a"], "pos": {"x": 1.5}}\n'
        b'{"id": 2, "at": "2024-01-06T10:00:00Z", "day": "2024-01-06", "tags": [], "pos": {"x": 2.0}}\n'
    )
    file.write_bytes(gzip.compress(lines))

    sample = read_sample(file)

    assert sample.columns == {
        "id": "bigint",
        "at": "timestamp",
        "day": "date",
        "tags": "array<string>",
        "pos": "struct<x:double>",
    }
    assert (sample.keys, sample.event_time) == (("id",), "at")


def test_a_parquet_file_tells_its_own_types_and_all_are_sparks(tmp_path: Path) -> None:
    file = tmp_path / "prices.parquet"
    prices = pa.array([1, 2], pa.decimal128(10, 2))
    pq.write_table(pa.table({"sku": ["a", "b"], "price": prices, "ok": [True, False]}), file)

    sample = read_sample(file)

    assert sample.columns == {"sku": "string", "price": "decimal(10,2)", "ok": "boolean"}
    assert [checked(kind) for kind in sample.columns.values()] == list(sample.columns.values())
    assert sample.event_time is None


def test_rows_that_no_columns_tell_apart_ask_for_a_key(tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("shop,day\n1,2024-01-01\n1,2024-01-01\n")

    with pytest.raises(
        SampleError, match=r"no 3 columns make its 2 rows unique; say which do: --key visits="
    ):
        read_sample(file)
    assert read_sample(file, keys=("shop",)).keys == ("shop",)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"", r"cannot tell its format from '\.xlsx'; expected one of \.json"),
        ("a.json", b"{", "is no json"),
        ("a.csv", b"Order Id,b\n1,2\n", "column 'Order Id' cannot stand in SQL unquoted"),
        ("a.csv.gz", b"no gzip", "cannot be read"),
        ("a.parquet", b"no parquet", "is no parquet"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(content)

    with pytest.raises(SampleError, match=said) as error:
        read_sample(file)

    assert str(file) in str(error.value)


def test_a_key_that_is_no_column_is_named(orders: Path) -> None:
    with pytest.raises(SampleError, match=r"no column id; it has order_id, customer, placed_at, amount"):
        read_sample(orders, keys=("id",))
