"""Where a path of `dbutils.fs` lies, and what can be done there."""

import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

S3_SCHEMES = ("s3", "s3a", "s3n")


class FileInfo(NamedTuple):
    """One entry; ``size`` in bytes, ``modificationTime`` in milliseconds since 1970; folders end with a slash."""

    path: str
    name: str
    size: int
    modificationTime: int  # noqa: N815

    def isDir(self) -> bool:  # noqa: N802
        """Whether it is a folder."""
        return self.name.endswith("/")

    def isFile(self) -> bool:  # noqa: N802
        """Whether it is a file."""
        return not self.isDir()


class Place(Protocol):
    """A file or folder."""

    name: str

    def exists(self) -> bool: ...
    def is_folder(self) -> bool: ...
    def entries(self) -> list[FileInfo]: ...
    def files(self) -> list[str]: ...
    def child(self, relative: str) -> "Place": ...
    def read(self, limit: int | None = None) -> bytes: ...
    def write(self, content: bytes) -> None: ...
    def remove(self) -> None: ...
    def make(self) -> None: ...


def place(path: str) -> Place:
    """Return the place of a path. Raises ValueError for one that the local workspace does not have."""
    parts = urlsplit(path)
    if parts.scheme in S3_SCHEMES:
        if not parts.netloc:
            raise ValueError(f"{path} names no bucket; expected s3://bucket/key")
        return S3Place(path, parts.scheme, parts.netloc, parts.path.lstrip("/"))
    if parts.scheme == "file":
        return LocalPlace(path, Path(parts.path))
    if path == "/Workspace" or path.startswith("/Workspace/"):
        return LocalPlace(path, _workspace_file(path))
    raise ValueError(
        f"{path}: the local workspace has s3://..., /Workspace/... and file:/..., no DBFS and no volumes"
    )


def _workspace_file(path: str) -> Path:
    root = Path(os.environ["LOCALBRICKS_WORKSPACE"]).resolve()
    file = (root / path.removeprefix("/Workspace").lstrip("/")).resolve()
    if not file.is_relative_to(root):
        raise ValueError(f"{path} leaves the workspace")
    return file


class LocalPlace:
    """A file of this machine."""

    def __init__(self, path: str, file: Path) -> None:
        self._path = path
        self._file = file
        self.name = file.name

    def exists(self) -> bool:
        """Whether it exists."""
        return self._file.exists()

    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self._file.is_dir()

    def entries(self) -> list[FileInfo]:
        """Return the entries of a folder, or the file itself. Raises FileNotFoundError."""
        if not self._file.exists():
            raise FileNotFoundError(f"{self._path} does not exist")
        if not self._file.is_dir():
            return [self._info(self._path, self._file)]
        base = self._path.rstrip("/")
        return [self._info(f"{base}/{entry.name}", entry) for entry in sorted(self._file.iterdir())]

    def files(self) -> list[str]:
        """Return all files below a folder, relative to it."""
        return [str(file.relative_to(self._file)) for file in sorted(self._file.rglob("*")) if file.is_file()]

    def child(self, relative: str) -> "LocalPlace":
        """Return what lies below."""
        return LocalPlace(f"{self._path.rstrip('/')}/{relative}", self._file / relative)

    def read(self, limit: int | None = None) -> bytes:
        """Return the content, at most ``limit`` bytes."""
        with self._file.open("rb") as stream:
            return stream.read(-1 if limit is None else limit)

    def write(self, content: bytes) -> None:
        """Write the file, whole or not at all."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        draft.write_bytes(content)
        draft.replace(self._file)

    def remove(self) -> None:
        """Remove the file, or the folder with all in it."""
        if self._file.is_dir():
            shutil.rmtree(self._file)
        else:
            self._file.unlink()

    def make(self) -> None:
        """Make the folder."""
        self._file.mkdir(parents=True, exist_ok=True)

    def _info(self, path: str, file: Path) -> FileInfo:
        stat = file.stat()
        end = "/" if file.is_dir() else ""
        return FileInfo(path + end, file.name + end, 0 if end else stat.st_size, int(stat.st_mtime * 1000))


class S3Place:
    """An object, or all objects below a key."""

    def __init__(self, path: str, scheme: str, bucket: str, key: str) -> None:
        self._path = path
        self._scheme = scheme
        self._bucket = bucket
        self._key = key
        self.name = key.rstrip("/").rpartition("/")[2]

    def exists(self) -> bool:
        """Whether there is such an object, or one below."""
        return self._is_object() or self.is_folder()

    def is_folder(self) -> bool:
        """Whether there are objects below."""
        return bool(self._page(MaxKeys=1, Prefix=self._folder).get("Contents"))

    def entries(self) -> list[FileInfo]:
        """Return the entries below, or the object itself. Raises FileNotFoundError."""
        pages = self._pages(Prefix=self._folder, Delimiter="/")
        folders = [
            self._info(item["Prefix"], 0, 0) for page in pages for item in page.get("CommonPrefixes", [])
        ]
        objects = [item for page in pages for item in page.get("Contents", []) if item["Key"] != self._folder]
        found = [*folders, *map(self._object, objects)]
        if not found:
            found = [self._object(item) for item in self._below(self._key) if item["Key"] == self._key]
        if not found and self._key:
            raise FileNotFoundError(f"{self._path} does not exist")
        return found

    def files(self) -> list[str]:
        """Return all objects below, relative to the key."""
        keys = [item["Key"] for item in self._below(self._folder)]
        return [key[len(self._folder) :] for key in keys if key != self._folder]

    def child(self, relative: str) -> "S3Place":
        """Return what lies below."""
        key = f"{self._folder}{relative}"
        return S3Place(f"{self._scheme}://{self._bucket}/{key}", self._scheme, self._bucket, key)

    def read(self, limit: int | None = None) -> bytes:
        """Return the content, at most ``limit`` bytes. Raises FileNotFoundError."""
        client = _client()
        try:
            body = client.get_object(Bucket=self._bucket, Key=self._key)["Body"]
        except (client.exceptions.NoSuchKey, client.exceptions.NoSuchBucket) as error:
            raise FileNotFoundError(f"{self._path} does not exist ({error})") from error
        with body:
            return bytes(body.read(limit))

    def write(self, content: bytes) -> None:
        """Write the object."""
        client = _client()
        try:
            client.put_object(Bucket=self._bucket, Key=self._key, Body=content)
        except client.exceptions.NoSuchBucket as error:
            raise FileNotFoundError(f"bucket {self._bucket} does not exist") from error

    def remove(self) -> None:
        """Remove the object and all below; one by one, which every S3 server understands."""
        client = _client()
        for item in self._below(self._folder):
            client.delete_object(Bucket=self._bucket, Key=item["Key"])
        client.delete_object(Bucket=self._bucket, Key=self._key)

    def make(self) -> None:
        """Do nothing: a folder in S3 is part of a name."""

    @property
    def _folder(self) -> str:
        return f"{self._key.rstrip('/')}/" if self._key else ""

    def _is_object(self) -> bool:
        return any(
            item["Key"] == self._key for item in self._page(MaxKeys=1, Prefix=self._key).get("Contents", [])
        )

    def _below(self, prefix: str) -> list[dict[str, Any]]:
        return [item for page in self._pages(Prefix=prefix) for item in page.get("Contents", [])]

    def _page(self, **arguments: Any) -> dict[str, Any]:
        client = _client()
        try:
            return dict(client.list_objects_v2(Bucket=self._bucket, **arguments))
        except client.exceptions.NoSuchBucket as error:
            raise FileNotFoundError(f"bucket {self._bucket} does not exist") from error

    def _pages(self, **arguments: Any) -> list[dict[str, Any]]:
        pages = [self._page(**arguments)]
        while token := pages[-1].get("NextContinuationToken"):
            pages.append(self._page(ContinuationToken=token, **arguments))
        return pages

    def _object(self, item: dict[str, Any]) -> FileInfo:
        return self._info(item["Key"], item["Size"], int(item["LastModified"].timestamp() * 1000))

    def _info(self, key: str, size: int, modified: int) -> FileInfo:
        end = "/" if key.endswith("/") else ""
        name = key.rstrip("/").rpartition("/")[2]
        return FileInfo(f"{self._scheme}://{self._bucket}/{key}", name + end, size, modified)


def _client() -> Any:
    """Return a client of the S3 that AWS_ENDPOINT_URL and the AWS_* keys name."""
    import boto3

    return boto3.client("s3")
