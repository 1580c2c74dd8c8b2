"""The ingest job on the running stack, with a small source of its own; read back with delta-rs."""

import gzip
import io
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

import lakeloop_jobs.ingest
from lakeloop.config import FileSource, Target
from lakeloop_jobs.ingest import Ingested, ingest, prepare
from lakeloop_jobs.ingestion import bronze, silver
from lakeloop_jobs.ingestion.shape import ColumnsChangedError
from lakeloop_jobs.ingestion.silver import Counts, MissingColumnError, Progress
from tests.integration.jobs.sources import SALES, small_source

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Put = Callable[[str, str | bytes], None]
Rows = Callable[[str], list[dict[str, Any]]]
Ingest = Callable[..., Counts]
DAY = "date=2017-01-10"  # arrived when this day ended in New York


def _sale(number: int, **other: Any) -> str:
    row = {
        "id": number,
        "price": number / 2,
        "currency": "USD",
        "shop": "A",
        "sold_at": "2017-01-02T10:00:00",
    }
    return json.dumps(row | other)


@pytest.fixture
def source() -> FileSource:
    return small_source(f"ingest_{uuid4().hex[:8]}")


@pytest.fixture
def small(spark: "SparkSession", s3: Any, target: Target, source: FileSource) -> Iterator[FileSource]:
    """A source of two tables; what it left behind goes."""
    yield source
    for layer in ("bronze", "silver"):
        spark.sql(f"DROP SCHEMA IF EXISTS {source.name}_{layer} CASCADE")
    for prefix in (f"landing/{source.name}/", f"checkpoints/{source.name}/"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=target.bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                s3.delete_object(Bucket=target.bucket, Key=item["Key"])


@pytest.fixture
def put(s3: Any, target: Target, small: FileSource) -> Put:
    """Writes ``<table>/<file>`` into the landing zone."""
    return lambda name, body: s3.put_object(Bucket=target.bucket, Key=f"{small.landing}/{name}", Body=body)


@pytest.fixture
def rows(environment: dict[str, str], spark: "SparkSession", small: FileSource) -> Rows:
    """The rows of ``<layer>.<table>``."""
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    options = {name: environment[name] for name in names} | {"AWS_ALLOW_HTTP": "true"}

    def inner(table: str) -> list[dict[str, Any]]:
        location = spark.sql(f"DESCRIBE DETAIL {small.name}_{table}").collect()[0]["location"]
        delta = DeltaTable(location.replace("s3a://", "s3://"), storage_options=options)
        return delta.to_pyarrow_table().to_pylist()

    return inner


@pytest.fixture
def run(
    small: FileSource,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[], list[str]]:
    """Runs the job as Databricks would; returns the lines it printed."""
    monkeypatch.setattr(lakeloop_jobs.ingest, "load_source", lambda name: {small.name: small}[name])

    def inner() -> list[str]:
        capsys.readouterr()
        lakeloop_jobs.ingest.main(["--source", small.name, "--target", "local"])
        return capsys.readouterr().out.splitlines()

    return inner


@pytest.fixture
def ingested(spark: "SparkSession", small: FileSource, target: Target) -> Ingest:
    """Ingests one table; returns its counts."""
    spark.conf.set("spark.sql.session.timeZone", "UTC")

    def inner(name: str = "sales", source: FileSource = small) -> Counts:
        return ingest(spark, source, target, name, prepare(spark, source)).counts

    return inner


def test_files_become_bronze_silver_and_quarantine(
    run: Callable[[], list[str]], put: Put, rows: Rows, small: FileSource
) -> None:
    dirt = [
        _sale(8)[:20],
        _sale(7, price="unreadable"),
        _sale(9, till="4.2"),
        '{"price":1}',
        _sale(8, shop=None),
    ]
    put(
        f"sales/{DAY}/b.json.gz",
        gzip.compress("\n".join([_sale(6), _sale(7, currency=None), *dirt]).encode()),
    )
    put(
        f"sales/{DAY}/b-again.json.gz", gzip.compress("\n".join([_sale(6), _sale(7, currency=None)]).encode())
    )
    put(f"shops/{DAY}/shops.csv", "shop;opened\nA;2016-05-01\nB;\n")
    assert run() == [
        "sales: 2 files, 9 rows arrived, 2 with rescued data; "
        "silver: 3 added, 0 corrected, 0 outdated, 2 duplicates; 4 quarantined",
        "shops: 1 files, 2 rows arrived, 0 with rescued data; "
        "silver: 2 added, 0 corrected, 0 outdated, 0 duplicates; 0 quarantined",
    ]
    silver = sorted(rows("silver.sales"), key=lambda row: row["id"])
    assert list(silver[0]) == ["id", "price", "currency", "shop", "sold_at", "_arrived_at", "_ingested_at"]
    assert [(row["id"], row["price"], row["currency"]) for row in silver] == [
        (6, 3.0, "USD"),
        (7, 3.5, "EUR"),  # filled
        (9, 4.5, "USD"),
    ]
    assert silver[0]["sold_at"] == datetime(2017, 1, 2, 10, tzinfo=UTC)
    assert silver[0]["_arrived_at"] == datetime(2017, 1, 11, 5, tzinfo=UTC)  # midnight in New York
    assert {row["shop"]: row["opened"] for row in rows("silver.shops")} == {"A": date(2016, 5, 1), "B": None}

    bronze_rows = rows("bronze.sales")
    assert len(bronze_rows) == 9
    assert [row["till"] for row in bronze_rows if row["till"]] == [
        "4.2"
    ]  # nobody asked for it, bronze has it
    file = f"s3://lakeloop/{small.landing}/sales/{DAY}/b.json.gz"
    assert [row["_file_path"] for row in bronze_rows].count(file) == 7

    kept = rows("silver.sales_quarantine")
    assert Counter(row["reason"] for row in kept) == Counter(
        ["line cannot be read", "value does not fit: price", "key missing: id", "shop missing"]
    )
    assert {row["_file_path"] for row in kept} == {file}
    (unfit,) = [json.loads(row["row"]) for row in kept if row["reason"].startswith("value")]
    assert (unfit["id"], json.loads(unfit["_rescued_data"])["price"]) == (7, "unreadable")


def test_a_run_without_new_files_changes_nothing(run: Callable[[], list[str]], put: Put, rows: Rows) -> None:
    put(f"sales/{DAY}/b.json", _sale(6))
    put(f"shops/{DAY}/b.csv", "shop;opened\nA;\nB;2016-05-01\n")
    run()
    before = [rows(f"silver.{name}") for name in ("sales", "shops", "sales_quarantine", "sales_superseded")]
    nothing = (
        "0 files, 0 rows arrived, 0 with rescued data; "
        "silver: 0 added, 0 corrected, 0 outdated, 0 duplicates; 0 quarantined"
    )
    assert run() == [f"sales: {nothing}", f"shops: {nothing}"]
    assert [rows(f"silver.{n}") for n in ("sales", "shops", "sales_quarantine", "sales_superseded")] == before
    put(f"sales/{DAY}/a.json", _sale(8))  # late, with a name that is smaller than all that was read
    assert run()[0].startswith("sales: 1 files, 1 rows arrived, 0 with rescued data; silver: 1 added")
    assert sorted(row["id"] for row in rows("silver.sales")) == [6, 8]


def test_a_table_without_files_is_skipped_and_has_its_silver(
    run: Callable[[], list[str]], put: Put, rows: Rows, target: Target, small: FileSource
) -> None:
    put(f"sales/{DAY}/a.json", _sale(1))
    sales, shops = run()
    assert "1 added" in sales
    assert shops == f"shops: skipped, no file below {target.landing_uri(small)}/shops"
    assert rows("silver.shops") == []
    put(f"shops/{DAY}/shops.csv", "shop;opened\nA;2016-05-01\n")
    assert "1 added" in run()[1]


def test_a_correction_replaces_and_what_it_replaced_is_kept(ingested: Ingest, put: Put, rows: Rows) -> None:
    put("sales/date=2017-01-10/a.json", f"{_sale(1, price=1)}\n{_sale(2)}")
    ingested()
    (before,) = [row["_ingested_at"] for row in rows("silver.sales") if row["id"] == 2]
    put("sales/date=2017-01-11/b.json", f"{_sale(1, price=2)}\n{_sale(2)}")
    counts = ingested()
    assert (counts.corrected, counts.duplicates, counts.added) == (1, 1, 0)
    put("sales/date=2017-01-09/late.json", _sale(1, price=3))
    counts = ingested()
    assert (counts.corrected, counts.outdated) == (0, 1)
    silver = {row["id"]: row for row in rows("silver.sales")}
    assert silver[1]["price"] == 2
    assert silver[2]["_ingested_at"] == before  # a row sent again is no change
    superseded = rows("silver.sales_superseded")
    assert {(row["id"], row["price"]) for row in superseded} == {(1, 1), (1, 3)}
    assert all(row["_superseded_at"] for row in superseded)


def test_a_row_from_the_future_is_kept_out_with_its_reason(ingested: Ingest, put: Put, rows: Rows) -> None:
    on_time, future = "2017-01-11T05:00:00", "2017-01-11T05:00:01"  # the day ends at 05:00 UTC
    put(f"sales/{DAY}/a.json", f"{_sale(1, sold_at=on_time)}\n{_sale(2, sold_at=future)}")
    assert ingested().quarantined == 1
    assert [row["id"] for row in rows("silver.sales")] == [1]
    (kept,) = rows("silver.sales_quarantine")
    assert kept["reason"] == "event time after arrival"
    assert json.loads(kept["row"])["id"] == 2


def test_an_event_may_lie_after_its_arrival_within_the_tolerance(
    ingested: Ingest, put: Put, small: FileSource
) -> None:
    put(
        f"sales/{DAY}/a.json",
        "\n".join(_sale(hour, sold_at=f"2017-01-11T{hour:02d}:00:00") for hour in (6, 7, 8)),
    )
    tolerant = small.model_copy(update={"arrival": small.arrival.model_copy(update={"tolerance": 2})})
    counts = ingested(source=tolerant)
    assert (counts.added, counts.quarantined) == (2, 1)


def test_a_file_whose_path_does_not_say_when_it_arrived_is_kept_out(
    ingested: Ingest, put: Put, rows: Rows, small: FileSource, spark: "SparkSession"
) -> None:
    put("sales/a.json", _sale(1))
    put("sales/date=2017-13-45/b.json", _sale(2))
    put("sales/date=2099-01-01/c.json", _sale(3))
    assert ingested().quarantined == 3
    unknown = "arrival unknown: no date=YYYY-MM-DD in the path"
    kept = sorted(row["reason"] for row in rows("silver.sales_quarantine"))
    assert kept == ["arrival in the future", unknown, unknown]

    # as the query of a killed client does, that goes on while the retry runs
    pending = silver._pending(small, "sales", Progress())
    silver._keep_quarantined(spark, small, "sales", pending, Progress())
    assert len(rows("silver.sales_quarantine")) == 3


class TestArrivalByModification:
    @pytest.fixture
    def source(self) -> FileSource:
        return small_source(f"ingest_{uuid4().hex[:8]}", arrival={"by": "modified"})

    def test_a_file_arrived_when_it_was_written(self, ingested: Ingest, put: Put, rows: Rows) -> None:
        put("sales/a.json", _sale(1))
        ingested()
        (row,) = rows("silver.sales")
        assert timedelta() <= datetime.now(UTC) - row["_arrived_at"] < timedelta(minutes=10)


class TestTypes:
    COLUMNS = {
        "order": "string",
        "ordered_on": "date",
        "total": "decimal(10,2)",
        "lines": "array<struct<sku:string,count:int>>",
        "labels": "map<string,string>",
    }

    @pytest.fixture
    def source(self) -> FileSource:
        orders = {"format": "json", "keys": ["order"], "event_time": "ordered_on", "columns": self.COLUMNS}
        boxes = {"format": "parquet", "keys": ["box"], "columns": {"box": "int", "weight": "decimal(6,1)"}}
        return small_source(f"ingest_{uuid4().hex[:8]}", tables={"orders": orders, "boxes": boxes})

    def test_nested_decimal_and_date_types_through_json(self, ingested: Ingest, put: Put, rows: Rows) -> None:
        order = {
            "order": "x",
            "ordered_on": "2017-01-10",
            "total": 12.5,
            "lines": [{"sku": "a", "count": 2}],
            "labels": {"k": "v"},
        }
        future = order | {"order": "y", "ordered_on": "2017-01-12"}
        changed = order | {"labels": {"k": "w"}}
        put(f"orders/{DAY}/a.json", f"{json.dumps(order)}\n{json.dumps(future)}")
        counts = ingested("orders")
        assert (counts.added, counts.quarantined) == (1, 1)
        put("orders/date=2017-01-11/b.json", f"{json.dumps(order)}\n{json.dumps(changed)}")
        counts = ingested("orders")
        assert (counts.corrected, counts.outdated) == (1, 1)  # of one arrival, the greater content wins
        (row,) = rows("silver.orders")
        assert (row["total"], row["ordered_on"]) == (Decimal("12.50"), date(2017, 1, 10))
        assert row["lines"] == [{"sku": "a", "count": 2}]
        assert dict(row["labels"]) == {"k": "w"}

    def test_parquet(self, ingested: Ingest, put: Put, rows: Rows) -> None:
        buffer = io.BytesIO()
        pq.write_table(pa.table({"box": [1, 2], "weight": [1.5, None]}), buffer)
        put(f"boxes/{DAY}/a.parquet", buffer.getvalue())
        put(f"boxes/{DAY}/b.parquet", b"damaged")
        counts = ingested("boxes")
        assert (counts.added, counts.quarantined) == (2, 1)
        assert {row["box"]: row["weight"] for row in rows("silver.boxes")} == {1: Decimal("1.5"), 2: None}


def test_a_damaged_row_gives_way_to_a_later_good_one(ingested: Ingest, put: Put, rows: Rows) -> None:
    put(f"sales/{DAY}/a.json", f"{_sale(1)}\n{_sale(2, price='unreadable')}\n")
    assert ingested().added == 1
    put(f"sales/{DAY}/b.json", _sale(2))
    counts = ingested()
    assert (counts.rows, counts.added) == (1, 1)
    assert {row["id"]: row["price"] for row in rows("silver.sales")} == {1: 0.5, 2: 1.0}
    assert len(rows("bronze.sales")) == 3


def test_a_clock_that_went_back_loses_no_row(
    spark: "SparkSession", small: FileSource, target: Target, ingested: Ingest, put: Put, rows: Rows
) -> None:
    put(f"sales/{DAY}/a.json", _sale(1))
    ahead = datetime.now(UTC) + timedelta(days=1)  # bronze as another machine's clock left it
    prepare(spark, small)
    bronze.load(spark, small, target, "sales", ahead)
    assert ingested().added == 1
    put(f"sales/{DAY}/b.json", _sale(2))
    assert ingested().added == 1
    assert sorted(row["id"] for row in rows("silver.sales")) == [1, 2]
    first, second = sorted(row["_ingested_at"] for row in rows("bronze.sales"))
    assert second - first == timedelta(microseconds=1)


def test_a_column_that_no_file_has_is_named(
    ingested: Ingest, put: Put, rows: Rows, small: FileSource
) -> None:
    put(f"sales/{DAY}/a.json", f"{_sale(1)}\n{_sale(2)}\n")
    strange = {**SALES, "columns": {**SALES["columns"], "colour": "string"}}  # type: ignore[dict-item]
    other = small_source(small.name, tables={"sales": strange})
    for _ in ("first", "and once more, though nothing new arrived"):
        with pytest.raises(
            MissingColumnError, match=r"bronze\.sales: column colour is in none of the 2 rows"
        ):
            ingested(source=other)
    assert rows("silver.sales") == []
    assert ingested().added == 2  # the name was corrected


def test_columns_that_changed_are_named_with_what_to_do(
    ingested: Ingest, put: Put, rows: Rows, small: FileSource
) -> None:
    put(f"sales/{DAY}/a.json", _sale(1))
    ingested()
    put(f"sales/{DAY}/b.json", _sale(2))
    columns = {**SALES["columns"], "colour": "string", "price": "decimal(9,2)"}  # type: ignore[dict-item]
    with pytest.raises(ColumnsChangedError) as refused:
        ingested(source=small_source(small.name, tables={"sales": {**SALES, "columns": columns}}))
    assert "price is decimal(9,2) in the YAML, and double in the table; colour is string in" in str(
        refused.value
    )
    assert f"pause {small.name}_ingest, drop the tables {small.name}_bronze.sales, " in str(refused.value)
    assert len(rows("silver.sales")) == len(rows("bronze.sales")) == 1
    assert ingested().added == 1


@pytest.mark.parametrize("step", ["_keep_quarantined", "_keep_superseded", "_merge"])
def test_a_crash_before_any_write_to_silver_is_made_good(
    step: str, ingested: Ingest, put: Put, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("sales/date=2017-01-10/a.json", "\n".join([_sale(1), _sale(2), _sale(3, price="unreadable")]))
    ingested()
    put(
        "sales/date=2017-01-11/b.json",
        "\n".join([_sale(1, price=9), _sale(4), _sale(5)[:9], _sale(1, price=8)]),
    )
    with monkeypatch.context() as crash:
        crash.setattr(f"lakeloop_jobs.ingestion.silver.{step}", _killed)
        with pytest.raises(KeyboardInterrupt):
            ingested()
    counts = ingested()
    assert (counts.rows, counts.added, counts.corrected) == (0, 1, 1)
    assert {row["id"]: row["price"] for row in rows("silver.sales")} == {1: 9, 2: 1, 4: 2}
    assert sorted(row["price"] for row in rows("silver.sales_superseded")) == [0.5, 8]
    assert sorted(row["reason"] for row in rows("silver.sales_quarantine")) == [
        "line cannot be read",
        "value does not fit: price",
    ]


def _killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_a_killed_job_loses_and_doubles_nothing(
    small: FileSource, s3: Any, target: Target, ingested: Ingest, put: Put, rows: Rows
) -> None:
    for part in range(4):
        body = "\n".join(_sale(part * 5000 + i) for i in range(5000))
        put(f"sales/{DAY}/{part}.json", body)
    script = (
        "import sys; from lakeloop.config import FileSource, load_target; import lakeloop_jobs.ingest as job\n"
        "source, target = FileSource.model_validate_json(sys.argv[1]), load_target('local')\n"
        "spark = job.spark_session(target.catalog)\n"
        "job.ingest(spark, source, target, 'sales', job.prepare(spark, source))"
    )
    process = subprocess.Popen([sys.executable, "-c", script, small.model_dump_json()])
    manifest = f"checkpoints/{small.name}/sales/schema/_files/00000001.json"
    deadline = time.monotonic() + 240
    while "Contents" not in s3.list_objects_v2(Bucket=target.bucket, Prefix=manifest):
        assert process.poll() is None, "the job ended before its first batch was planned"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()

    ingested()
    ids = list(range(20_000))
    assert sorted(row["id"] for row in rows("bronze.sales")) == ids
    assert sorted(row["id"] for row in rows("silver.sales")) == ids


def test_what_is_printed() -> None:
    counts = Counts(12, 5000, 7, added=4980, corrected=3, outdated=2, duplicates=10, quarantined=5)
    assert str(Ingested("sales", counts)) == (
        "sales: 12 files, 5,000 rows arrived, 7 with rescued data; "
        "silver: 4,980 added, 3 corrected, 2 outdated, 10 duplicates; 5 quarantined"
    )
