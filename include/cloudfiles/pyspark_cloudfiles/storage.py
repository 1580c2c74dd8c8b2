"""Folders of files on S3 or on a local disk: list, read, and write a file that nobody has written yet."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlparse


class StorageError(OSError):
    """A folder cannot be reached; the message names it."""


@dataclass(frozen=True)
class FileInfo:
    """One file; `modified` in microseconds since the epoch."""

    path: str
    modified: int
    size: int


class Storage(Protocol):
    """What a stream needs of a file system. Paths are full URIs."""

    def list(self, folder: str) -> list[FileInfo]:
        """All files below `folder`, however deep."""

    def read(self, path: str) -> bytes:
        """The bytes of one file. Raises StorageError."""

    def create(self, path: str, content: bytes) -> bool:
        """Write a new file, whole or not at all; False when there is one already."""


def storage_of(uri: str) -> Storage:
    """The file system of `uri`: s3, s3a and s3n, or file. Raises StorageError for another scheme."""
    scheme = urlparse(uri).scheme
    if scheme in ("s3", "s3a", "s3n"):
        return S3()
    if scheme in ("file", ""):
        return Disk()
    raise StorageError(f"{uri}: scheme {scheme!r} is not supported, expected s3, s3a or file")


@cache
def _client() -> Any:
    import boto3

    return boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))


def _split(uri: str) -> tuple[str, str]:
    parsed = urlparse(uri)
    return parsed.netloc, parsed.path.lstrip("/")


class S3:
    """Objects below a prefix; credentials and endpoint come from the AWS_* variables."""

    def list(self, folder: str) -> list[FileInfo]:
        bucket, prefix = _split(folder)
        root = f"{folder[: folder.index('://')]}://{bucket}/"
        try:
            pages = (
                _client()
                .get_paginator("list_objects_v2")
                .paginate(Bucket=bucket, Prefix=prefix.rstrip("/") + "/")
            )
            return [_object(root, item) for page in pages for item in page.get("Contents", [])]
        except Exception as error:
            raise StorageError(
                f"{folder}: cannot be listed ({error}); does the bucket {bucket} exist?"
            ) from error

    def read(self, path: str) -> bytes:
        bucket, key = _split(path)
        try:
            return _client().get_object(Bucket=bucket, Key=key)["Body"].read()
        except Exception as error:
            raise StorageError(f"{path}: cannot be read ({error})") from error

    def create(self, path: str, content: bytes) -> bool:
        from botocore.exceptions import ClientError

        bucket, key = _split(path)
        try:
            _client().put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
                return False
            raise StorageError(f"{path}: cannot be written ({error})") from error
        return True


def _object(root: str, item: dict[str, Any]) -> FileInfo:
    return FileInfo(root + item["Key"], int(item["LastModified"].timestamp() * 1_000_000), item["Size"])


class Disk:
    """Files below a local folder."""

    def list(self, folder: str) -> list[FileInfo]:
        root = _local(folder)
        if not root.is_dir():
            raise StorageError(f"{folder}: there is no such folder")
        files = [path for path in root.rglob("*") if path.is_file()]
        return [
            FileInfo(path.as_uri(), path.stat().st_mtime_ns // 1000, path.stat().st_size) for path in files
        ]

    def read(self, path: str) -> bytes:
        try:
            return _local(path).read_bytes()
        except OSError as error:
            raise StorageError(f"{path}: cannot be read ({error})") from error

    def create(self, path: str, content: bytes) -> bool:
        file = _local(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        draft.write_bytes(content)
        try:
            os.link(draft, file)  # unlike rename, it fails when the name is taken
        except FileExistsError:
            return False
        finally:
            draft.unlink()
        return True


def _local(uri: str) -> Path:
    return Path(unquote(urlparse(uri).path) if uri.startswith("file:") else uri)
