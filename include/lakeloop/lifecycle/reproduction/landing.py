"""Pins what has landed of a source: each file is read and copied once in its life, beside the landing folder.

Files of the landing folder may be deleted or overwritten afterwards: the pinned ones stay. A file that is known by
name, size, ETag and time of writing is not read again; an ETag alone is no MD5 on every bucket.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import md5
from typing import Any

from lakeloop.lifecycle.reproduction.remote import Content, Remote, Tree, answers

WORKERS = 8
CHUNK = 2**20


@dataclass(frozen=True)
class Landed:
    """A file as a listing of the bucket shows it."""

    key: str
    size: int
    etag: str
    written: str

    @property
    def identity(self) -> str:
        return f"{self.key} {self.size} {self.etag} {self.written}"


@dataclass(frozen=True)
class PinnedLanding:
    """What a source's landing folder held; `tree` is None when it was empty. `copied`: bytes that were new.

    Of a source without files `uri` says where its events are; the rows that are pinned were made of them.
    """

    uri: str
    tree: Tree | None
    copied: int


def pin_landing(remote: Remote, uri: str) -> PinnedLanding:
    """Keep all files below `uri` (``s3://bucket/landing/<source>``). Raises RemoteDownError."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    known = _index(remote, prefix)
    with answers(remote.uri):
        landed = list(_listed(remote.s3, bucket, f"{prefix}/"))
        new = [file for file in landed if not _is_held(remote, known, file)]
        with ThreadPoolExecutor(WORKERS) as pool:
            contents = dict(zip(new, pool.map(lambda file: _keep(remote, bucket, file), new), strict=True))
    contents |= {file: known[file.identity] for file in landed if file not in contents}
    if not landed:
        return PinnedLanding(uri, None, 0)
    if new:
        _keep_index(remote, prefix, {file.identity: content for file, content in contents.items()})
    tree = remote.put_tree({file.key.removeprefix(f"{prefix}/"): contents[file] for file in landed})
    return PinnedLanding(uri, tree, sum(file.size for file in new))


def _listed(s3: Any, bucket: str, prefix: str) -> Iterator[Landed]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            if not item["Key"].endswith("/"):  # what some clients make to show a folder
                written = item["LastModified"].isoformat()
                yield Landed(item["Key"], item["Size"], item["ETag"].strip('"'), written)


def _is_held(remote: Remote, known: dict[str, Content], file: Landed) -> bool:
    return file.identity in known and remote.holds(known[file.identity].md5)


def _keep(remote: Remote, bucket: str, file: Landed) -> Content:
    """Hash the file, then copy it within S3 under its hash, if it is still the one that was hashed."""
    total, answer = md5(usedforsecurity=False), remote.s3.get_object(Bucket=bucket, Key=file.key)
    for chunk in answer["Body"].iter_chunks(CHUNK):
        total.update(chunk)
    found = Content(total.hexdigest(), file.size)
    if not remote.holds(found.md5):
        source = {"Bucket": bucket, "Key": file.key}
        unchanged = {"CopySourceIfMatch": answer["ETag"]}
        remote.s3.copy(source, remote.bucket, remote.key(found.md5), ExtraArgs=unchanged)
        remote.note(found.md5)
    return found


def _index(remote: Remote, prefix: str) -> dict[str, Content]:
    content = remote.read(_index_key(remote, prefix))
    return {name: Content(**value) for name, value in json.loads(content or b"{}").items()}


def _keep_index(remote: Remote, prefix: str, contents: dict[str, Content]) -> None:
    """Of two trainings at once the last one's stays; what the other knew is read again."""
    text = json.dumps({name: asdict(content) for name, content in contents.items()})
    with answers(remote.uri):
        remote.s3.put_object(Bucket=remote.bucket, Key=_index_key(remote, prefix), Body=text.encode())


def _index_key(remote: Remote, prefix: str) -> str:
    return f"{remote.prefix}/index/{prefix}.json"
