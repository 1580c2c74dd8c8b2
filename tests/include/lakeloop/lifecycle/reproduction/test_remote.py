"""A remote in DVC's layout; one that is down is said at once."""

import json
from hashlib import md5
from typing import Any

import pytest
import yaml

from lakeloop.lifecycle.reproduction.remote import Remote, RemoteDownError, open_remote


def test_contents_lie_where_dvc_looks_for_them(s3: Any, remote: Remote) -> None:
    tree = remote.put_files([("b/x", b"one"), ("a", b"two")])

    one, two = (md5(content).hexdigest() for content in (b"one", b"two"))
    listed = json.dumps([{"md5": two, "relpath": "a"}, {"md5": one, "relpath": "b/x"}]).encode()
    assert tree.md5 == md5(listed).hexdigest() + ".dir"
    assert remote.read(f"dvc/files/md5/{one[:2]}/{one[2:]}") == b"one"
    assert remote.read(f"dvc/files/md5/{tree.md5[:2]}/{tree.md5[2:]}") == listed
    assert yaml.safe_load(tree.document("snapshot")) == {
        "outs": [{"md5": tree.md5, "size": 6, "nfiles": 2, "hash": "md5", "path": "snapshot"}]
    }


def test_a_content_is_put_once(s3: Any, remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    remote.put(b"one")
    fresh = Remote(s3, remote.uri)
    monkeypatch.setattr(s3, "put_object", lambda **_: pytest.fail("it is there"))

    assert fresh.put(b"one") == remote.put(b"one")


def test_a_bucket_that_is_not_there_is_named(s3: Any) -> None:
    with pytest.raises(RemoteDownError, match="the DVC remote s3://nowhere/dvc cannot be listed"):
        Remote(s3, "s3://nowhere/dvc").require()


def test_a_server_that_is_down_is_named_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "not-used")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # the port "discard": nothing listens

    with pytest.raises(RemoteDownError, match="nothing is trained or registered without it"):
        open_remote("s3://lakeloop/dvc")


def test_a_remote_that_may_be_used_keeps_nothing_of_the_question(s3: Any, remote: Remote) -> None:
    remote.require()

    assert "Contents" not in s3.list_objects_v2(Bucket="lakeloop")
