"""The ingest job on the running stack, with a small use case of its own; read back with delta-rs."""

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from deltalake import DeltaTable

import lakeloop_jobs.ingest
from lakeloop.config import Target, UseCase, load_use_case
from lakeloop.config.use_case import Source
from lakeloop_jobs.ingest import Ingested, ingest, load_bronze
from lakeloop_jobs.ingestion.bronze import Arrived, MissingColumnError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Put = Callable[[str, str | bytes], None]
Rows = Callable[[str], list[dict[str, Any]]]
SALES = Source(
    format="json",
    event_time="sold_at",
    keys=("id",),
    columns={"id": "bigint", "price": "double", "sold_at": "timestamp"},
)
SHOPS = Source(format="csv", keys=("shop",), columns={"shop": "string", "opened": "date"})


def _sale(number: int, **other: Any) -> str:
    day = datetime(2017, 1, 1, 10) + timedelta(days=number)
    return json.dumps({"id": number, "price": number / 2, "sold_at": day.isoformat()} | other)


@pytest.fixture
def small(spark: "SparkSession", s3: Any, target: Target) -> Iterator[UseCase]:
    """A use case of two sources; what it left behind goes."""
    name = f"ingest_{uuid4().hex[:8]}"
    update = {"name": name, "landing": f"landing/{name}", "sources": {"sales": SALES, "shops": SHOPS}}
    yield load_use_case("churn").model_copy(update=update)
    for layer in ("bronze", "silver"):
        spark.sql(f"DROP SCHEMA IF EXISTS {name}_{layer} CASCADE")
    for prefix in (f"landing/{name}/", f"checkpoints/{name}/"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=target.bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                s3.delete_object(Bucket=target.bucket, Key=item["Key"])


@pytest.fixture
def put(s3: Any, target: Target, small: UseCase) -> Put:
    """Writes ``<source>/<file>`` into the landing zone."""
    return lambda name, body: s3.put_object(Bucket=target.bucket, Key=f"{small.landing}/{name}", Body=body)


@pytest.fixture
def rows(environment: dict[str, str], target: Target, small: UseCase) -> Rows:
    """The rows of ``<layer>.<source>``."""
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    options = {name: environment[name] for name in names} | {"AWS_ALLOW_HTTP": "true"}

    def inner(table: str) -> list[dict[str, Any]]:
        layer, name = table.split(".")
        uri = f"s3://{target.bucket}/warehouse/{small.name}_{layer}.db/{name}"
        return DeltaTable(uri, storage_options=options).to_pyarrow_table().to_pylist()

    return inner


@pytest.fixture
def run(
    small: UseCase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], list[str]]:
    """Runs the job as Databricks would; returns the lines it printed."""
    monkeypatch.setattr(lakeloop_jobs.ingest, "load_use_case", lambda name: {small.name: small}[name])

    def inner() -> list[str]:
        capsys.readouterr()
        lakeloop_jobs.ingest.main(["--use-case", small.name, "--target", "local"])
        return capsys.readouterr().out.splitlines()

    return inner


@pytest.fixture
def schemas(spark: "SparkSession", small: UseCase) -> None:
    for layer in ("bronze", "silver"):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {small.name}_{layer}")


def test_files_become_bronze_and_silver(
    run: Callable[[], list[str]], put: Put, rows: Rows, small: UseCase
) -> None:
    dirt = [_sale(8)[:20], _sale(7, price="unreadable"), _sale(7, till="4.2"), '{"price":1}']
    put("sales/week=00/b.json.gz", gzip.compress("\n".join([_sale(6), _sale(7), *dirt]).encode()))
    put("sales/week=00/b-again.json.gz", gzip.compress("\n".join([_sale(6), _sale(7)]).encode()))
    put("shops/shops.csv", "shop,opened\nA,2016-05-01\nB,\n")
    assert run() == [
        "sales: 2 files, 8 rows arrived, 2 with rescued data; "
        "silver: 2 added, 3 duplicates, 3 damaged (kept in bronze)",
        "shops: 1 files, 2 rows arrived, 0 with rescued data; "
        "silver: 2 added, 0 duplicates, 0 damaged (kept in bronze)",
    ]
    silver = sorted(rows("silver.sales"), key=lambda row: row["id"])
    assert list(silver[0]) == ["id", "price", "sold_at", "week", "_ingested_at"]
    assert [(row["id"], row["price"], row["week"]) for row in silver] == [(6, 3.0, 0), (7, 3.5, 1)]
    assert silver[0]["sold_at"] == datetime(2017, 1, 7, 10, tzinfo=UTC)
    assert {row["shop"] for row in rows("silver.shops")} == {"A", "B"}

    bronze = rows("bronze.sales")
    assert [row["till"] for row in bronze if row["till"]] == ["4.2"]  # nobody asked for it, bronze has it
    rescued = [json.loads(row["_rescued_data"]) for row in bronze if row["_rescued_data"]]
    file = f"s3://lakeloop/{small.landing}/sales/week=00/b.json.gz"
    assert all(row["_file_path"] == file for row in rescued)
    assert [row["_file_path"] for row in bronze].count(file) == 6
    assert [row["_corrupt_record"] for row in rescued if "_corrupt_record" in row] == [_sale(8)[:20]]

    # Again, and with a late file whose name is smaller than all that was read.
    assert [line.split(";")[0] for line in run()] == [
        "sales: 0 files, 0 rows arrived, 0 with rescued data",
        "shops: 0 files, 0 rows arrived, 0 with rescued data",
    ]
    put("sales/week=00/a.json.gz", gzip.compress(_sale(8, newer="field").encode()))
    assert run()[0].startswith("sales: 1 files, 1 rows arrived, 1 with rescued data; silver: 1 added")
    assert sorted(row["id"] for row in rows("silver.sales")) == [6, 7, 8]


def test_a_damaged_row_gives_way_to_a_later_good_one(
    spark: "SparkSession", small: UseCase, target: Target, schemas: None, put: Put, rows: Rows
) -> None:
    put("sales/a.json", f"{_sale(1)}\n{_sale(2, price='unreadable')}\n")
    assert ingest(spark, small, target, "sales").added == 1
    put("sales/b.json", _sale(2))
    ingested = ingest(spark, small, target, "sales")
    assert (ingested.arrived.rows, ingested.added) == (1, 1)
    assert {row["id"]: row["price"] for row in rows("silver.sales")} == {1: 0.5, 2: 1.0}
    assert len(rows("bronze.sales")) == 3


def test_a_crash_between_bronze_and_silver_is_made_good(
    spark: "SparkSession", small: UseCase, target: Target, schemas: None, put: Put, rows: Rows
) -> None:
    put("sales/a.json", _sale(1))
    load_bronze(spark, small, target, "sales", None)
    ingested = ingest(spark, small, target, "sales")
    assert (ingested.arrived.rows, ingested.added) == (0, 1)
    assert [row["id"] for row in rows("silver.sales")] == [1]


def test_a_clock_that_went_back_loses_no_row(
    spark: "SparkSession", small: UseCase, target: Target, schemas: None, put: Put, rows: Rows
) -> None:
    put("sales/a.json", _sale(1))
    ahead = datetime.now(UTC) + timedelta(days=1)  # bronze as another machine's clock left it
    load_bronze(spark, small, target, "sales", ahead)
    assert ingest(spark, small, target, "sales").added == 1
    put("sales/b.json", _sale(2))
    assert ingest(spark, small, target, "sales").added == 1
    assert sorted(row["id"] for row in rows("silver.sales")) == [1, 2]
    first, second = sorted(row["_ingested_at"] for row in rows("bronze.sales"))
    assert second - first == timedelta(microseconds=1)


def test_a_column_that_no_file_has_is_named(
    spark: "SparkSession", small: UseCase, target: Target, schemas: None, put: Put, rows: Rows
) -> None:
    put("sales/a.json", f"{_sale(1)}\n{_sale(2)}\n")
    strange = SALES.model_copy(update={"columns": {**SALES.columns, "colour": "string"}})
    other = small.model_copy(update={"sources": {"sales": strange}})
    with pytest.raises(MissingColumnError, match=r"bronze\.sales: column colour is in none of the 2 rows"):
        ingest(spark, other, target, "sales")
    with pytest.raises(
        MissingColumnError, match="column colour"
    ):  # and once more, though nothing new arrived
        ingest(spark, other, target, "sales")
    assert rows("silver.sales") == []


def test_a_folder_without_files_is_named_and_leaves_no_table(
    spark: "SparkSession", small: UseCase, target: Target, schemas: None
) -> None:
    with pytest.raises(Exception, match=f"s3://{target.bucket}/{small.landing}/sales holds no file"):
        ingest(spark, small, target, "sales")
    assert not spark.catalog.tableExists(small.table("bronze", "sales"))
    assert not spark.catalog.tableExists(small.table("silver", "sales"))


def test_a_killed_job_loses_and_doubles_nothing(
    spark: "SparkSession", small: UseCase, s3: Any, target: Target, schemas: None, put: Put, rows: Rows
) -> None:
    for part in range(4):
        put(
            f"sales/{part}.json",
            "\n".join(_sale(part * 5000 + i % 300, id=part * 5000 + i) for i in range(5000)),
        )
    script = (
        "import sys; from lakeloop.config import UseCase, load_target; import lakeloop_jobs.ingest as job\n"
        "use_case = UseCase.model_validate_json(sys.argv[1])\n"
        "job.ingest(job.spark_session('spark_catalog'), use_case, load_target('local'), 'sales')"
    )
    one = small.model_copy(update={"sources": {"sales": SALES}})
    process = subprocess.Popen([sys.executable, "-c", script, one.model_dump_json()])
    manifest = f"checkpoints/{small.name}/sales/schema/_files/00000001.json"
    deadline = time.monotonic() + 120
    while "Contents" not in s3.list_objects_v2(Bucket=target.bucket, Prefix=manifest):
        assert process.poll() is None, "the job ended before its first batch was planned"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()

    ingest(spark, small, target, "sales")
    ids = list(range(20_000))
    assert sorted(row["id"] for row in rows("bronze.sales")) == ids
    assert sorted(row["id"] for row in rows("silver.sales")) == ids


def test_what_is_printed() -> None:
    arrived = Arrived(files=12, rows=5000, rescued=7, damaged=5, usable=4995, readable=4998, absent=())
    assert str(Ingested("sales", arrived, 4990)) == (
        "sales: 12 files, 5,000 rows arrived, 7 with rescued data; "
        "silver: 4,990 added, 5 duplicates, 5 damaged (kept in bronze)"
    )
