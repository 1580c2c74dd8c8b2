"""A partition's files appear whole or not at all."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.session import Session
from botocore.stub import Stubber
from moto import mock_aws

from lakeloop.lifecycle.export import DELETE_AT_MOST, ExportRefusedError, require_access, swap

STAGING, FINAL = "s3://bucket/scores/_staging/date=2017-01-12", "s3://bucket/scores/date=2017-01-12"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client(
            "s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        client.create_bucket(Bucket="bucket")
        yield client


def put(s3: Any, uri: str, *names: str, body: str = "new") -> None:
    for name in names:
        s3.put_object(
            Bucket="bucket", Key=f"{uri.removeprefix('s3://bucket/')}/{name}", Body=f"{body} {name}"
        )


def content(s3: Any, prefix: str = "scores/") -> dict[str, str]:
    listed = s3.list_objects_v2(Bucket="bucket", Prefix=prefix).get("Contents", [])
    keys = [item["Key"] for item in listed]
    return {key: s3.get_object(Bucket="bucket", Key=key)["Body"].read().decode() for key in keys}


def test_staged_files_take_fixed_names_and_staging_goes(s3: Any) -> None:
    put(s3, STAGING, "_SUCCESS", "part-00000-xyz.snappy.parquet")

    keys = swap(s3, STAGING, FINAL)

    assert keys == ["scores/date=2017-01-12/part-00000.parquet"]
    assert content(s3) == {"scores/date=2017-01-12/part-00000.parquet": "new part-00000-xyz.snappy.parquet"}


def test_a_larger_old_partition_leaves_nothing_behind(s3: Any) -> None:
    put(s3, FINAL, "part-00000.parquet", "part-00001.parquet", "part-00002.parquet", body="old")
    put(s3, STAGING, "part-0-a.parquet", "part-1-b.parquet")

    swap(s3, STAGING, FINAL)

    assert content(s3) == {
        "scores/date=2017-01-12/part-00000.parquet": "new part-0-a.parquet",
        "scores/date=2017-01-12/part-00001.parquet": "new part-1-b.parquet",
    }


def test_a_partition_is_the_one_that_is_named_whatever_its_letters(s3: Any) -> None:
    put(s3, FINAL, "part-00000.parquet", "part-00001.parquet", body="other")
    put(s3, f"{FINAL}#2?", "part-00007.parquet", body="old")
    put(s3, STAGING, "part-0.parquet")

    assert swap(s3, STAGING, f"{FINAL}#2?") == ["scores/date=2017-01-12#2?/part-00000.parquet"]

    assert len(content(s3)) == 3


def test_other_partitions_stay_also_where_their_name_begins_alike(s3: Any) -> None:
    others = [FINAL + "3", FINAL.replace("-12", "-11"), FINAL.removesuffix("2")]
    for other in others:
        put(s3, other, "part-00000.parquet", body="other")
    put(s3, STAGING, "part-0.parquet")

    swap(s3, STAGING, FINAL)

    assert sum(text.startswith("other") for text in content(s3).values()) == len(others)


def test_a_crash_before_the_swap_leaves_the_old_files(s3: Any) -> None:
    put(s3, FINAL, "part-00000.parquet", body="old")
    put(s3, STAGING, "_temporary/0/task/half.parquet.crc")

    with pytest.raises(
        FileNotFoundError, match=f"no Parquet file below {STAGING}; {FINAL} was left as it is"
    ):
        swap(s3, STAGING, FINAL)

    assert content(s3, "scores/date=") == {
        "scores/date=2017-01-12/part-00000.parquet": "old part-00000.parquet"
    }


def test_a_crash_between_copy_and_clean_up_is_made_good_by_the_next_swap(s3: Any) -> None:
    put(s3, FINAL, "part-00000.parquet", "part-00001.parquet", body="old")
    put(s3, STAGING, "part-0.parquet")
    s3.copy_object(
        Bucket="bucket",
        Key="scores/date=2017-01-12/part-00000.parquet",
        CopySource={"Bucket": "bucket", "Key": "scores/_staging/date=2017-01-12/part-0.parquet"},
    )

    swap(s3, STAGING, FINAL)

    assert content(s3) == {"scores/date=2017-01-12/part-00000.parquet": "new part-0.parquet"}


def test_more_leftovers_than_one_request_deletes(s3: Any) -> None:
    put(s3, FINAL, *(f"part-{number:05d}.parquet" for number in range(DELETE_AT_MOST + 5)), body="old")
    put(s3, STAGING, "part-0.parquet")

    swap(s3, STAGING, FINAL)

    assert list(content(s3)) == ["scores/date=2017-01-12/part-00000.parquet"]


@pytest.mark.parametrize("uri", ["s3://bucket", "s3://bucket/", "/scores/date=1", "https://bucket/x"])
def test_a_whole_bucket_or_no_bucket_is_refused(s3: Any, uri: str) -> None:
    with pytest.raises(ValueError, match="is not an s3:// URI with a bucket and a prefix"):
        swap(s3, STAGING, uri)


def test_access_is_tried_and_leaves_nothing(s3: Any) -> None:
    require_access(s3, "s3://bucket/scores")

    assert content(s3) == {}


def test_a_bucket_that_is_not_there_is_refused_with_what_to_do(s3: Any) -> None:
    with pytest.raises(
        ExportRefusedError, match=r"below s3://elsewhere/scores: .*NoSuchBucket.*Give the job's compute"
    ):
        require_access(s3, "s3://elsewhere/scores")


def test_compute_that_may_list_and_not_write_is_refused(s3: Any) -> None:
    with Stubber(s3) as answers:
        answers.add_response("list_objects_v2", {})
        answers.add_client_error("put_object", "AccessDenied")
        with pytest.raises(ExportRefusedError, match="AccessDenied"):
            require_access(s3, "s3://bucket/scores")


@pytest.mark.usefixtures("s3")
def test_compute_without_credentials_is_refused() -> None:
    session = Session()
    session.get_component("credential_provider").providers.clear()
    nobody = session.create_client("s3", region_name="us-east-1")

    with pytest.raises(ExportRefusedError, match="Unable to locate credentials"):
        require_access(nobody, "s3://bucket/scores")
