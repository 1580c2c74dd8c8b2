"""What has landed is kept once, whatever happens to it afterwards."""

import json
from hashlib import md5
from typing import Any

import pytest

from lakeloop.lifecycle.reproduction.landing import pin_landing
from lakeloop.lifecycle.reproduction.remote import Remote, Tree

URI = "s3://lakeloop/landing/museum"


def land(s3: Any, **files: bytes) -> None:
    for name, content in files.items():
        s3.put_object(Bucket="lakeloop", Key=f"landing/museum/visits/{name}", Body=content)


def contents(remote: Remote, tree: Tree | None) -> dict[str, bytes]:
    """What a client of the remote reads back."""
    assert tree is not None
    listed = json.loads(remote.read(remote.key(tree.md5)) or b"")
    found = {entry["relpath"]: remote.read(remote.key(entry["md5"])) or b"" for entry in listed}
    assert all(md5(found[entry["relpath"]]).hexdigest() == entry["md5"] for entry in listed)
    return found


def test_each_file_is_kept_and_read_once(
    s3: Any, remote: Remote, target: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(s3, a=b"one", b=b"two")
    first = pin_landing(remote, URI)
    land(s3, c=b"three")

    again = pin_landing(Remote(s3, target.dvc_uri), URI)

    assert (first.copied, again.copied) == (6, 5)
    assert contents(remote, first.tree) == {"visits/a": b"one", "visits/b": b"two"}
    assert contents(remote, again.tree) == {"visits/a": b"one", "visits/b": b"two", "visits/c": b"three"}
    assert (again.tree.size, again.tree.files) == (11, 3)  # type: ignore[union-attr]


def test_what_is_overwritten_or_deleted_stays_pinned(s3: Any, remote: Remote) -> None:
    land(s3, a=b"one", b=b"two")
    before = pin_landing(remote, URI)
    land(s3, a=b"ONE")
    s3.delete_object(Bucket="lakeloop", Key="landing/museum/visits/b")

    after = pin_landing(remote, URI)

    assert contents(remote, before.tree) == {"visits/a": b"one", "visits/b": b"two"}
    assert contents(remote, after.tree) == {"visits/a": b"ONE"}


def test_what_a_cleaner_took_from_the_remote_is_kept_again(s3: Any, remote: Remote, target: Any) -> None:
    land(s3, a=b"one")
    pin_landing(remote, URI)
    s3.delete_object(Bucket="lakeloop", Key=remote.key(md5(b"one").hexdigest()))

    again = pin_landing(Remote(s3, target.dvc_uri), URI)

    assert again.copied == 3
    assert contents(remote, again.tree) == {"visits/a": b"one"}


def test_an_empty_landing_folder_is_said(s3: Any, remote: Remote) -> None:
    s3.put_object(Bucket="lakeloop", Key="landing/museum_of_arts/a", Body=b"of another source")

    assert pin_landing(remote, URI).tree is None
