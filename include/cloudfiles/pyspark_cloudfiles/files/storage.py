"""Folders of files on S3 or on a local disk: list, read, and write a file that nobody has written yet."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote

S3_SCHEMES = ("s3", "s3a", "s3n")
ABSENT = ("NoSuchKey", "404")
TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


class StorageError(OSError):
    """A folder or a file cannot be reached; the message names it."""


@dataclass(frozen=True)
class FileInfo:
    """One file; `modified` in microseconds since the epoch."""

    path: str
    modified: int


class Storage(Protocol):
    """What a stream needs of a file system. Paths are full URIs."""

    def list(self, folder: str) -> list[FileInfo]:
        """All visible files below `folder`, however deep; empty when there is none. Raises StorageError."""

    def read(self, path: str) -> bytes:
        """The bytes of one file. Raises StorageError."""

    def find(self, path: str) -> bytes | None:
        """The bytes of one file, None when there is no such file. Raises StorageError for anything else."""

    def create(self, path: str, content: bytes) -> bool:
        """Write a new file, whole or not at all; False when there is one already. Raises StorageError."""


def storage_of(uri: str) -> Storage:
    """The file system of `uri`: s3, s3a and s3n, or file. Raises StorageError for another scheme."""
    scheme = uri.split("://", 1)[0] if "://" in uri else uri.split(":/", 1)[0] if ":/" in uri else ""
    if scheme in S3_SCHEMES:
        return S3()
    if scheme in ("file", ""):
        return Disk()
    raise StorageError(f"{uri}: scheme {scheme!r} is not supported, expected s3, s3a or file")


def visible(name: str) -> bool:
    """Whether a file, named relative to its folder, is data: nothing on its way starts with ``_`` or ``.``."""
    return not any(part.startswith(("_", ".")) for part in name.split("/"))


@cache
def _client() -> Any:
    import boto3

    return boto3.client("s3")  # credentials, region and endpoint come from the AWS_* variables


def _split(uri: str) -> tuple[str, str]:
    # Not urlparse: `?` and `#` may be part of a key.
    bucket, _, key = uri.split("://", 1)[1].partition("/")
    return bucket, key


def _code(error: Exception) -> str:
    return getattr(error, "response", {}).get("Error", {}).get("Code", "")


class S3:
    """Objects below a prefix."""

    def list(self, folder: str) -> list[FileInfo]:
        bucket, prefix = _split(folder.rstrip("/") + "/")
        root = folder[: folder.index("://")] + f"://{bucket}/"
        try:
            pages = _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            items = [item for page in pages for item in page.get("Contents", [])]
        except Exception as error:
            raise StorageError(f"{folder}: bucket {bucket} cannot be listed ({error})") from error
        return [
            FileInfo(root + item["Key"], int(item["LastModified"].timestamp() * 1_000_000))
            for item in items
            if visible(item["Key"][len(prefix) :]) and not item["Key"].endswith("/")
        ]

    def read(self, path: str) -> bytes:
        content = self.find(path)
        if content is None:
            raise StorageError(f"{path}: there is no such file any more")
        return content

    def find(self, path: str) -> bytes | None:
        bucket, key = _split(path)
        try:
            body: bytes = _client().get_object(Bucket=bucket, Key=key)["Body"].read()
        except Exception as error:
            if _code(error) in ABSENT:
                return None
            raise StorageError(f"{path}: cannot be read ({error})") from error
        return body

    def create(self, path: str, content: bytes) -> bool:
        bucket, key = _split(path)
        try:
            _client().put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
        except Exception as error:
            if _code(error) in TAKEN:
                return False
            raise StorageError(f"{path}: cannot be written ({error})") from error
        return True


class Disk:
    """Files below a local folder."""

    def list(self, folder: str) -> list[FileInfo]:
        root = _local(folder)
        files = [path for path in root.rglob("*") if visible(path.relative_to(root).as_posix())]
        return [FileInfo(_uri(path), path.stat().st_mtime_ns // 1000) for path in files if path.is_file()]

    def read(self, path: str) -> bytes:
        content = self.find(path)
        if content is None:
            raise StorageError(f"{path}: there is no such file any more")
        return content

    def find(self, path: str) -> bytes | None:
        try:
            return _local(path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{path}: cannot be read ({error})") from error

    def create(self, path: str, content: bytes) -> bool:
        file = _local(path)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content)
            os.link(draft, file)  # unlike rename, it fails when the name is taken
        except FileExistsError:
            return False
        except OSError as error:
            raise StorageError(f"{path}: cannot be written ({error})") from error
        finally:
            draft.unlink(missing_ok=True)
        return True


def _uri(path: Path) -> str:
    return "file://" + quote(str(path), safe="/=,:+@()!$&'*;~")


def _local(uri: str) -> Path:
    """The path of ``file:/x``, ``file:///x`` or ``/x``."""
    if not uri.startswith("file:"):
        return Path(uri).absolute()
    return Path("/" + unquote(uri.removeprefix("file:")).lstrip("/"))
