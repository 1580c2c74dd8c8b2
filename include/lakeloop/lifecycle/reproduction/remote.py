"""A DVC remote on S3, written without DVC: jobs need no program that their lock does not hold.

The layout is that of DVC 3 (https://dvc.org/doc/user-guide/project-structure/internal-files): a content lies under its
MD5, a folder is a JSON list of its files under the MD5 of that list, and a small YAML document points to it. An
unmodified ``dvc pull`` with that document brings the files back and checks them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

FOLDER = ".dir"  # DVC's mark of a hash that stands for a folder
# A remote that is down is said in seconds; boto3's own patience is minutes.
PATIENCE = Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 3, "mode": "standard"})


class RemoteDownError(RuntimeError):
    """The DVC remote does not answer, or may not be written."""


@dataclass(frozen=True)
class Content:
    """The MD5 (hex) and the size in bytes of a file that the remote holds."""

    md5: str
    size: int


@dataclass(frozen=True)
class Tree:
    """A folder that the remote holds: `md5` (ending in ``.dir``), bytes and number of its files."""

    md5: str
    size: int
    files: int

    def document(self, path: str) -> str:
        """The text of ``<path>.dvc``, by which ``dvc pull`` finds the folder and calls it `path`."""
        out = {"md5": self.md5, "size": self.size, "nfiles": self.files, "hash": "md5", "path": path}
        return yaml.safe_dump({"outs": [out]}, sort_keys=False)


class Remote:
    """The remote at `uri` (``s3://bucket/prefix``); `s3` is a boto3 client.

    Every method raises RemoteDownError when the remote does not answer.
    """

    def __init__(self, s3: Any, uri: str) -> None:
        self.s3, self.uri = s3, uri.rstrip("/")
        self.bucket, _, self.prefix = self.uri.removeprefix("s3://").partition("/")
        self._held: set[str] | None = None

    def require(self) -> None:
        """Raises RemoteDownError unless the remote may be listed, written and cleaned up."""
        probe = f"{self.prefix}/_access"
        with answers(self.uri):
            self.s3.list_objects_v2(Bucket=self.bucket, Prefix=f"{self.prefix}/", MaxKeys=1)
            self.s3.put_object(Bucket=self.bucket, Key=probe, Body=b"")
            self.s3.delete_object(Bucket=self.bucket, Key=probe)

    def key(self, content: str) -> str:
        """Where the content with that MD5 lies."""
        return f"{self.prefix}/files/md5/{content[:2]}/{content[2:]}"

    def holds(self, content: str) -> bool:
        """Whether that content was there when this object first looked, or was put since."""
        if self._held is None:
            self._held = set(self._keys(f"{self.prefix}/files/md5/"))
        return self.key(content) in self._held

    def put(self, content: bytes, kind: str = "") -> Content:
        """Keep `content` unless it is there already."""
        found = Content(md5(content, usedforsecurity=False).hexdigest() + kind, len(content))
        if not self.holds(found.md5):
            with answers(self.uri):
                self.s3.put_object(Bucket=self.bucket, Key=self.key(found.md5), Body=content)
            self.note(found.md5)
        return found

    def note(self, content: str) -> None:
        """Remember that the content was put by other means."""
        self.holds(content)
        assert self._held is not None
        self._held.add(self.key(content))

    def put_files(self, files: Iterable[tuple[str, bytes]]) -> Tree:
        """Keep the files, path and content, as one folder; one content is in memory at a time."""
        return self.put_tree({path: self.put(content) for path, content in files})

    def put_tree(self, files: Mapping[str, Content]) -> Tree:
        """Keep the list of a folder's files, by path, whose contents are there: last, so that no list is in want."""
        entries = [{"md5": content.md5, "relpath": path} for path, content in sorted(files.items())]
        listed = self.put(json.dumps(entries, sort_keys=True).encode(), kind=FOLDER)
        return Tree(listed.md5, sum(content.size for content in files.values()), len(files))

    def read(self, key: str) -> bytes | None:
        """A file of the bucket; None when there is none."""
        with answers(self.uri):
            try:
                return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            except self.s3.exceptions.NoSuchKey:
                return None

    def _keys(self, prefix: str) -> list[str]:
        with answers(self.uri):
            pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            return [item["Key"] for page in pages for item in page.get("Contents", [])]


def open_remote(uri: str) -> Remote:
    """The remote at `uri`, with the credentials of the environment. Raises RemoteDownError when it cannot be used."""
    remote = Remote(boto3.client("s3", config=PATIENCE), uri)
    remote.require()
    return remote


class answers:  # noqa: N801  # reads as a word of the sentence: with answers(uri)
    """Turns what boto3 raises into RemoteDownError."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BotoCoreError | ClientError):
            raise RemoteDownError(
                f"the DVC remote {self._uri} cannot be listed, read and written: {error}. A version whose data are not "
                "kept could not be reproduced, so nothing is trained or registered without it. See that S3 is up, "
                "and that this compute has AWS credentials for it (an instance profile, or AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY)."
            ) from error
