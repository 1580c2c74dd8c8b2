"""S3 as folders and files: a folder is what keys begin with, or an empty object whose key ends with a slash."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, BinaryIO, cast

from localbricks_paths import bucket_and_key

from .store import FileInfo

MOST_DELETED = 1000  # keys in one call


class S3Files:
    """`dbutils.fs` on s3://, s3a:// and s3n://; a key is taken as it is."""

    def __init__(self) -> None:
        import boto3

        self._client = boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))

    def status(self, path: str) -> FileInfo | None:
        """A file, when a key says so; else the folder of keys below it."""
        bucket, key = bucket_and_key(path)
        file = None if key.endswith("/") or not key else self._file(path, bucket, key)
        if file is not None:
            return file
        return _info(path, 0, 0, folder=True) if self._is_folder(bucket, key) else None

    def children(self, path: str) -> list[FileInfo]:
        """Folders and files directly below, by name."""
        bucket, key = bucket_and_key(path)
        prefix, start = _folder(key), path.rstrip("/")
        found = []
        for page in self._pages(bucket, prefix, Delimiter="/"):
            for entry in page.get("CommonPrefixes", []):
                found.append(_info(f"{start}/{entry['Prefix'][len(prefix) :]}", 0, 0, folder=True))
            for entry in page.get("Contents", []):
                if entry["Key"] != prefix:
                    name = entry["Key"][len(prefix) :]
                    found.append(
                        _info(f"{start}/{name}", entry["Size"], _milliseconds(entry["LastModified"]))
                    )
        return sorted(found, key=lambda info: info.name)

    @contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        """The object's bytes as they arrive."""
        bucket, key = bucket_and_key(path)
        with closing(self._client.get_object(Bucket=bucket, Key=key)["Body"]) as body:
            yield cast(BinaryIO, body)  # botocore's own class, which is read like a file

    @contextmanager
    def writing(self, path: str) -> Iterator[BinaryIO]:
        """A file on disk, which becomes the object when it is complete."""
        bucket, key = bucket_and_key(path)
        with tempfile.TemporaryFile() as draft:
            yield draft
            draft.seek(0)
            self._client.upload_fileobj(draft, bucket, key)

    def remove(self, path: str) -> None:
        """Delete the object, or all below the folder, which ends when its last key is gone."""
        bucket, key = bucket_and_key(path)
        is_file = not key.endswith("/") and self._file(path, bucket, key) is not None
        pages = [] if is_file else self._pages(bucket, _folder(key))
        keys = [key] if is_file else [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        for start in range(0, len(keys), MOST_DELETED):
            objects = [{"Key": one} for one in keys[start : start + MOST_DELETED]]
            answer = self._client.delete_objects(Bucket=bucket, Delete={"Objects": cast(Any, objects)})
            if answer.get("Errors"):
                raise OSError(f"{path}: S3 did not delete {answer['Errors'][0]}")

    def make_folder(self, path: str) -> None:
        """An empty object whose key ends with a slash, as Spark makes folders in S3."""
        bucket, key = bucket_and_key(path)
        if key:
            self._client.put_object(Bucket=bucket, Key=_folder(key))

    def _is_folder(self, bucket: str, key: str) -> bool:
        try:
            below = self._client.list_objects_v2(Bucket=bucket, Prefix=_folder(key), MaxKeys=1).get(
                "Contents"
            )
        except self._client.exceptions.NoSuchBucket:
            return False
        return bool(below) or not key

    def _file(self, path: str, bucket: str, key: str) -> FileInfo | None:
        from botocore.exceptions import ClientError

        try:
            head = self._client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
        return _info(path, head["ContentLength"], _milliseconds(head["LastModified"]))

    def _pages(self, bucket: str, prefix: str, **more: Any) -> Any:
        return self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, **more)


def _folder(key: str) -> str:
    return f"{key.rstrip('/')}/" if key else ""


def _info(path: str, size: int, modified: int, folder: bool = False) -> FileInfo:
    name = path.rstrip("/").rpartition("/")[2]
    return (
        FileInfo(f"{path.rstrip('/')}/", f"{name}/", 0, 0) if folder else FileInfo(path, name, size, modified)
    )


def _milliseconds(moment: Any) -> int:
    return int(moment.timestamp() * 1000)
