"""Parquet files of one partition on S3: written aside, then swapped in, so that no half-written one is seen."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ROWS_PER_FILE = 5_000_000
DELETE_AT_MOST = 1000  # keys per S3 DeleteObjects request


class ExportRefusedError(RuntimeError):
    """The bucket of the exported files is missing, or may not be written with the credentials of this process."""


def write_partition(s3: Any, frame: "DataFrame", root: str, partition: str, rows: int) -> str:
    """Replaces `{root}/{partition}/` (e.g. ``as_of=2017-12-09``) by the rows of `frame`; returns that URI.

    Spark writes to a folder of this call's own below `{root}/_staging/{partition}/`, because the query of a killed
    client goes on; then `swap` moves the files. Up to 5 million rows that is one file, replaced by one atomic PUT; a
    crash before leaves the old files as they were, and what it staged goes with the next call.
    """
    stagings, final = f"{root.rstrip('/')}/_staging/{partition}", f"{root.rstrip('/')}/{partition}"
    staging = f"{stagings}/{uuid4().hex}"
    files = max(1, -(-rows // ROWS_PER_FILE))
    frame.coalesce(files).write.mode("overwrite").parquet(staging)
    swap(s3, staging, final)
    bucket, prefix = _split(stagings)
    _delete(s3, bucket, _keys(s3, bucket, prefix))
    return final + "/"


def require_access(s3: Any, root: str) -> None:
    """Raises ExportRefusedError unless this process's own credentials may list, write and delete below `root`.

    Spark's access says nothing about it: on a workspace it may come from an external location, which only Spark knows.
    """
    bucket, prefix = _split(root)
    probe = f"{prefix}_staging/_access"
    try:
        s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
        s3.put_object(Bucket=bucket, Key=probe, Body=b"")
        s3.delete_object(Bucket=bucket, Key=probe)
    except (BotoCoreError, ClientError) as error:
        raise ExportRefusedError(
            f"the credentials of this compute may not list, write and delete below {root}: {error}. Give the job's "
            "compute an instance profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from a secret scope; an "
            "external location lets only Spark in. Nothing was written."
        ) from error


def swap(s3: Any, staging: str, final: str) -> list[str]:
    """Moves the Parquet files below `staging` over those below `final`; returns the keys now there.

    New files take fixed names (part-00000.parquet, ...) over the old ones, then what is left over of a
    larger old partition goes. Raises FileNotFoundError when nothing was staged.
    """
    bucket, source = _split(staging)
    target_bucket, target = _split(final)
    staged = _keys(s3, bucket, source)
    parts = [key for key in staged if key.endswith(".parquet")]
    if not parts:
        raise FileNotFoundError(f"no Parquet file below {staging}; {final} was left as it is")
    names = [f"{target}part-{number:05d}.parquet" for number in range(len(parts))]
    for key, name in zip(parts, names, strict=True):
        s3.copy_object(Bucket=target_bucket, Key=name, CopySource={"Bucket": bucket, "Key": key})
    _delete(s3, target_bucket, [key for key in _keys(s3, target_bucket, target) if key not in names])
    _delete(s3, bucket, staged)
    return names


def _split(uri: str) -> tuple[str, str]:
    """Bucket and prefix; the prefix ends with a slash, so that as_of=2017-1 never matches as_of=2017-12."""
    scheme, _, rest = uri.partition("://")
    bucket, _, prefix = rest.partition("/")  # no urlparse: `#` and `?` are letters of a key
    if scheme not in ("s3", "s3a", "s3n") or not bucket or not prefix.strip("/"):
        raise ValueError(f"{uri} is not an s3:// URI with a bucket and a prefix")
    return bucket, prefix.strip("/") + "/"


def _keys(s3: Any, bucket: str, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return sorted(item["Key"] for page in pages for item in page.get("Contents", []))


def _delete(s3: Any, bucket: str, keys: list[str]) -> None:
    for start in range(0, len(keys), DELETE_AT_MOST):
        chunk = [{"Key": key} for key in keys[start : start + DELETE_AT_MOST]]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": chunk, "Quiet": True})
        if answer.get("Errors"):
            raise OSError(f"s3://{bucket} refused to delete {answer['Errors'][:3]}")
