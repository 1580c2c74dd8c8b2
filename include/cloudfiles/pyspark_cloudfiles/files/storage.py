"""Folders of files on S3 or on a local disk: list, read, and write a file that nobody has written yet."""

import io
import os
import random
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import quote, unquote_to_bytes
from uuid import uuid4

S3_SCHEMES = ("s3", "s3a", "s3n")
ABSENT = ("NoSuchKey", "404")
# The answers to a conditional write, https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html:
# 412 says that there is an object already, 409 that another request was under way, whose end nobody knows yet.
TAKEN = "PreconditionFailed"
CONFLICT = "ConditionalRequestConflict"
ATTEMPTS = 6
LONGEST_WAIT = 0.1  # seconds, before the second attempt; twice as long before each further one


class StorageError(OSError):
    """A folder or a file cannot be reached; the message names it."""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One file: its canonical URI, and when it was `modified` in microseconds since the epoch."""

    path: str
    modified: int


class Storage(Protocol):
    """What a stream needs of a file system. Paths are full URIs."""

    def list(self, folder: str) -> Iterator[FileInfo]:
        """All visible files below `folder`, however deep, as they are found. Raises StorageError."""

    def open(self, path: str) -> BinaryIO:
        """One file to be read from its beginning; its reads too raise StorageError."""

    def find(self, path: str) -> bytes | None:
        """The bytes of one file, None when there is no such file. Raises StorageError for anything else."""

    def create(self, path: str, content: bytes) -> bool:
        """Write a new file, whole or not at all; False when there is one already. Raises StorageError."""

    def delete(self, path: str) -> None:
        """Remove one file, if it is there. Raises StorageError."""


def storage_of(uri: str) -> Storage:
    """The file system of `uri`: s3, s3a and s3n, or file. Raises StorageError for another scheme."""
    scheme = _scheme(uri)
    if scheme in S3_SCHEMES:
        return S3()
    if scheme in ("file", ""):
        return Disk()
    raise StorageError(f"{uri}: scheme {scheme!r} is not supported, expected s3, s3a or file")


def canonical(uri: str) -> str:
    """The one way in which a file or a folder is written here, whichever of its names it was given by."""
    if _scheme(uri) in S3_SCHEMES:
        bucket, key = _split(uri)
        return f"s3://{bucket}/{key}".rstrip("/")
    return _uri(Path(os.path.normpath(_local(uri))))


def visible(name: str) -> bool:
    """Whether a file, named relative to its folder, is data for Spark.

    The rules are those of `HadoopFSUtils.shouldFilterOutPathName`, and of `PartitioningAwareFileIndex.isDataPath`.
    """
    *folders, file = name.split("/")
    return not (_hidden(file) or any(_hidden_folder(folder) for folder in folders))


def _hidden_folder(name: str) -> bool:
    return _hidden(name) and not name.startswith(("_common_metadata", "_metadata"))


def _hidden(name: str) -> bool:
    return name.startswith(".") or name.endswith("._COPYING_") or (name.startswith("_") and "=" not in name)


def _scheme(uri: str) -> str:
    return uri.split("://", 1)[0] if "://" in uri else uri.split(":/", 1)[0] if ":/" in uri else ""


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

    def list(self, folder: str) -> Iterator[FileInfo]:
        bucket, prefix = _split(folder.rstrip("/") + "/")
        try:
            for page in _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", []):
                    if visible(item["Key"][len(prefix) :]) and not item["Key"].endswith("/"):
                        modified = int(item["LastModified"].timestamp() * 1_000_000)
                        yield FileInfo(f"s3://{bucket}/{item['Key']}", modified)
        except Exception as error:
            raise StorageError(f"{folder}: bucket {bucket} cannot be listed ({error})") from error

    def open(self, path: str) -> BinaryIO:
        content = self._get(path)
        if content is None:
            raise StorageError(f"{path}: there is no such file any more")
        return io.BufferedReader(_Object(path, content))

    def find(self, path: str) -> bytes | None:
        content = self._get(path)
        if content is None:
            return None
        with closing(content), io.BufferedReader(_Object(path, content)) as reader:
            return reader.read()

    def create(self, path: str, content: bytes) -> bool:
        for attempt in range(ATTEMPTS):
            try:
                return self._put(path, content)
            except Exception as error:
                if _code(error) != CONFLICT or attempt == ATTEMPTS - 1:
                    raise StorageError(f"{path}: cannot be written ({error})") from error
            time.sleep(random.uniform(0, LONGEST_WAIT * 2**attempt))
        raise AssertionError("the last attempt returns or raises")

    def delete(self, path: str) -> None:
        bucket, key = _split(path)
        try:
            _client().delete_object(Bucket=bucket, Key=key)
        except Exception as error:
            raise StorageError(f"{path}: cannot be removed ({error})") from error

    def _put(self, path: str, content: bytes) -> bool:
        bucket, key = _split(path)
        try:
            _client().put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
        except Exception as error:
            if _code(error) == TAKEN:
                return False
            raise
        return True

    def _get(self, path: str) -> Any:
        bucket, key = _split(path)
        try:
            return _client().get_object(Bucket=bucket, Key=key)["Body"]
        except Exception as error:
            if _code(error) in ABSENT:
                return None
            raise StorageError(f"{path}: cannot be read ({error})") from error


class _Object(io.RawIOBase):
    """The body of an object, which names the object when it breaks off."""

    def __init__(self, path: str, body: Any) -> None:
        self._path, self._body = path, body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            chunk = self._body.read(len(buffer))
        except Exception as error:
            raise StorageError(f"{self._path}: cannot be read to its end ({error})") from error
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._body.close()
        super().close()


class Disk:
    """Files below a local folder."""

    def list(self, folder: str) -> Iterator[FileInfo]:
        for found, folders, files in os.walk(_local(folder)):
            folders[:] = [name for name in folders if not _hidden_folder(name)]
            for path in (Path(found, name) for name in files if not _hidden(name)):
                try:
                    yield FileInfo(_uri(path), path.stat().st_mtime_ns // 1000)
                except FileNotFoundError:
                    continue  # it was taken away meanwhile

    def open(self, path: str) -> BinaryIO:
        try:
            return _local(path).open("rb")
        except FileNotFoundError as error:
            raise StorageError(f"{path}: there is no such file any more") from error
        except OSError as error:
            raise StorageError(f"{path}: cannot be read ({error})") from error

    def find(self, path: str) -> bytes | None:
        try:
            return _local(path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{path}: cannot be read ({error})") from error

    def create(self, path: str, content: bytes) -> bool:
        file = _local(path)
        draft = file.with_name(f".{file.name}.{uuid4().hex}")  # a writer's own, two threads included
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

    def delete(self, path: str) -> None:
        try:
            _local(path).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{path}: cannot be removed ({error})") from error


def _uri(path: Path) -> str:
    """Quoted as Java's URI does, which leaves letters of other alphabets as they are."""
    return "file://" + "".join(
        quote(os.fsencode(letter), safe="/=,:+@()!$&'*;~")
        if letter.isascii() or not letter.isprintable()
        else letter
        for letter in str(path)
    )


def _local(uri: str) -> Path:
    """The path of ``file:/x``, ``file:///x`` or ``/x``."""
    if not uri.startswith("file:"):
        return Path(uri).absolute()
    return Path("/" + os.fsdecode(unquote_to_bytes(uri.removeprefix("file:"))).lstrip("/"))
