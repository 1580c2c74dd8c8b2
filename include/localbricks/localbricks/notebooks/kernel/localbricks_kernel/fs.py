"""`dbutils.fs` on S3, workspace files and local files."""

import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlparse

from localbricks_paths import bucket_and_key, is_s3, workspace_file, workspace_root

MOST_BYTES = 65536


class FileInfo(NamedTuple):
    """One entry of a folder; `size` in bytes, folders end with a slash."""

    path: str
    name: str
    size: int


class FileSystem:
    """``ls``, ``head``, ``put``, ``rm`` and ``mkdirs``; paths are s3://, file:/ or /Workspace/..."""

    def ls(self, path: str) -> list[FileInfo]:
        """Entries of a folder. Raises FileNotFoundError."""
        found = _s3_entries(path) if is_s3(path) else _entries(_local(path))
        if not found:
            raise FileNotFoundError(f"{path}: there is nothing here")
        return found

    def head(self, path: str, maxBytes: int = MOST_BYTES) -> str:  # noqa: N803
        """The first bytes as text. Raises FileNotFoundError."""
        if not is_s3(path):
            return _local(path).read_bytes()[:maxBytes].decode("utf-8", "replace")
        bucket, key = bucket_and_key(path)
        client = _client()
        try:
            return client.get_object(Bucket=bucket, Key=key)["Body"].read(maxBytes).decode("utf-8", "replace")
        except (client.exceptions.NoSuchKey, client.exceptions.NoSuchBucket) as error:
            raise FileNotFoundError(f"{path}: {error}") from error

    def put(self, path: str, contents: str, overwrite: bool = False) -> bool:
        """Write a small file. Raises FileExistsError unless it may be overwritten."""
        if not overwrite and self._exists(path):
            raise FileExistsError(f"{path} exists; pass overwrite=True to replace it")
        if is_s3(path):
            bucket, key = bucket_and_key(path)
            _client().put_object(Bucket=bucket, Key=key, Body=contents.encode())
        else:
            _local(path).parent.mkdir(parents=True, exist_ok=True)
            _local(path).write_text(contents, encoding="utf-8")
        return True

    def rm(self, path: str, recurse: bool = False) -> bool:
        """Remove a file, or a folder with `recurse`; whether there was one."""
        if is_s3(path):
            return _s3_remove(path, recurse)
        file = _local(path)
        if file.is_dir():
            if not recurse:
                raise IsADirectoryError(f"{path} is a folder; pass recurse=True to remove it")
            shutil.rmtree(file)
            return True
        existed = file.exists()
        file.unlink(missing_ok=True)
        return existed

    def mkdirs(self, path: str) -> bool:
        """Make a folder; S3 needs none."""
        if not is_s3(path):
            _local(path).mkdir(parents=True, exist_ok=True)
        return True

    def _exists(self, path: str) -> bool:
        if not is_s3(path):
            return _local(path).exists()
        bucket, key = bucket_and_key(path)
        return key in {item["Key"] for item in _keys(bucket, key)}


def _client() -> Any:
    import boto3

    return boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))


def _keys(bucket: str, prefix: str) -> list[dict[str, Any]]:
    pages = _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item for page in pages for item in page.get("Contents", [])]


def _s3_entries(path: str) -> list[FileInfo]:
    bucket, prefix = bucket_and_key(path if path.endswith("/") else path + "/")
    page = _client().list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter="/")
    folders = [(item["Prefix"], 0) for item in page.get("CommonPrefixes", [])]
    files = [(item["Key"], item["Size"]) for item in page.get("Contents", [])]
    return [FileInfo(f"s3://{bucket}/{key}", key[len(prefix) :], size) for key, size in [*folders, *files]]


def _s3_remove(path: str, recurse: bool) -> bool:
    bucket, key = bucket_and_key(path)
    found = _keys(bucket, key.rstrip("/") + "/") if recurse else []
    keys = [key, *(item["Key"] for item in found)]
    existed = bool(found) or key in {item["Key"] for item in _keys(bucket, key)}
    for start in range(0, len(keys), 1000):
        _client().delete_objects(
            Bucket=bucket, Delete={"Objects": [{"Key": k} for k in keys[start : start + 1000]]}
        )
    return existed


def _local(path: str) -> Path:
    if path.startswith("file:"):
        return Path(urlparse(path).path)
    if path.startswith("/Workspace/"):
        return workspace_file(workspace_root(), path)
    if path.startswith("dbfs:"):
        raise ValueError(f"{path}: there is no DBFS in the local workspace; use s3://, file:/ or /Workspace/")
    return Path(path)


def _entries(folder: Path) -> list[FileInfo]:
    if not folder.is_dir():
        return []
    return [
        FileInfo(f"file:{entry}", entry.name + ("/" if entry.is_dir() else ""), entry.stat().st_size)
        for entry in sorted(folder.iterdir())
    ]
