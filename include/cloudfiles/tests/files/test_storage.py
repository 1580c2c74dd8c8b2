from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pyspark_cloudfiles.files import storage
from pyspark_cloudfiles.files.storage import S3, StorageError, canonical, storage_of


def test_lists_visible_files_however_deep(folder: Any) -> None:
    hidden = ("_metadata.json", "_schemas/0", ".b.json.tmp", "week=01/_SUCCESS", "x/.y/z", "d.json._COPYING_")
    for name in ("b.json", "week=01/a.json", "_year=2020/c.json", "_metadata/d.json", *hidden):
        folder.put(name, b"1")
    listed = list(storage_of(folder.uri).list(folder.uri))
    found = sorted(file.path.removeprefix(folder.uri) for file in listed)
    assert found == ["/_metadata/d.json", "/_year=2020/c.json", "/b.json", "/week=01/a.json"]
    assert all(file.modified > 1_400_000_000_000_000 for file in listed)


def test_a_prefix_is_a_folder_not_a_beginning(folder: Any) -> None:
    folder.put("a.json", b"1")
    sibling = folder.uri + "-old"
    assert list(storage_of(sibling).list(sibling)) == []
    assert list(storage_of(folder.uri[:-1]).list(folder.uri[:-1])) == []


@pytest.mark.parametrize("name", ["sp ace.json", "100%.json", "a#b?c.json", "é.json"])
def test_reads_what_it_lists(folder: Any, name: str) -> None:
    folder.put(name, b"content")
    (file,) = storage_of(folder.uri).list(folder.uri)
    with storage_of(folder.uri).open(file.path) as content:
        assert content.read() == b"content"


def test_a_hidden_parent_hides_nothing(tmp_path: Path) -> None:
    file = tmp_path / "_hidden" / "in" / "a.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"1")
    for uri in (file.parent.as_uri(), f"file:{file.parent}", str(file.parent)):
        assert [found.path for found in storage_of(uri).list(uri)] == [file.as_uri()]


def test_creates_once(folder: Any) -> None:
    place, path = storage_of(folder.uri), f"{folder.uri}/new/1.json"
    assert place.find(path) is None
    assert place.create(path, b"first")
    assert not place.create(path, b"second")
    assert place.find(path) == b"first"
    place.delete(path)
    place.delete(path)
    assert place.find(path) is None


def test_a_write_that_met_another_is_tried_again(
    s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, path = Conflicts(s3, times=2), f"s3://{bucket}/1.json"
    with monkeypatch.context() as patch:
        patch.setattr(storage, "_client", lambda: answers)
        patch.setattr(storage, "LONGEST_WAIT", 0)
        assert S3().create(path, b"first")
        assert not S3().create(path, b"second")
    assert S3().find(path) == b"first"


def test_a_write_that_meets_others_for_ever_fails(
    s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Conflicts(s3, times=99)
    with monkeypatch.context() as patch:
        patch.setattr(storage, "_client", lambda: answers)
        patch.setattr(storage, "LONGEST_WAIT", 0)
        with pytest.raises(StorageError, match=r"1\.json: cannot be written .*ConditionalRequestConflict"):
            S3().create(f"s3://{bucket}/1.json", b"")


class Conflicts:
    """A client whose first writes are answered 409, as by S3 when another write of the key is under way."""

    def __init__(self, client: Any, times: int) -> None:
        self._client, self._times = client, times

    def put_object(self, **request: Any) -> Any:
        self._times -= 1
        if self._times >= 0:
            raise ClientError({"Error": {"Code": "ConditionalRequestConflict"}}, "PutObject")
        return self._client.put_object(**request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def test_a_file_has_one_name_whatever_it_is_called(s3: Any, bucket: str, tmp_path: Path) -> None:
    s3.put_object(Bucket=bucket, Key="in/a.json", Body=b"1")
    for scheme in ("s3", "s3a", "s3n"):
        (file,) = S3().list(f"{scheme}://{bucket}/in/")
        assert file.path == f"s3://{bucket}/in/a.json"
    ways = (str(tmp_path), f"file:{tmp_path}", f"file://{tmp_path}/", f"{tmp_path}/x/..")
    assert {canonical(way) for way in ways} == {tmp_path.as_uri()}


def test_a_file_that_breaks_off_is_named(s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"1" * 100)
    monkeypatch.setattr("botocore.response.StreamingBody.read", _broken)
    with pytest.raises(StorageError, match=r"/a: cannot be read to its end \(reset\)"):
        S3().open(f"s3://{bucket}/a").read()


def _broken(*_: Any, **__: Any) -> bytes:
    raise ConnectionError("reset")


def test_creating_leaves_no_draft(tmp_path: Path) -> None:
    place = storage_of(str(tmp_path))
    place.create(f"{tmp_path}/1.json", b"first")
    place.create(f"{tmp_path}/1.json", b"second")
    assert [file.name for file in tmp_path.iterdir()] == ["1.json"]


def test_a_file_that_went_away_is_named(folder: Any) -> None:
    with pytest.raises(StorageError, match=r"gone\.json: there is no such file"):
        storage_of(folder.uri).open(f"{folder.uri}/gone.json")


def test_a_missing_bucket_is_named(s3: Any) -> None:
    with pytest.raises(StorageError, match="bucket no-such-bucket cannot be listed"):
        list(storage_of("s3://no-such-bucket/x").list("s3://no-such-bucket/x"))


def test_a_missing_bucket_is_not_a_missing_file(s3: Any) -> None:
    with pytest.raises(StorageError, match="NoSuchBucket"):
        storage_of("s3://no-such-bucket/x").find("s3://no-such-bucket/x")


def test_another_scheme_is_refused_by_name() -> None:
    with pytest.raises(StorageError, match="scheme 'abfss' is not supported"):
        storage_of("abfss://c@a/x")
