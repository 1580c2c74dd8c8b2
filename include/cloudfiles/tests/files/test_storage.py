from pathlib import Path
from typing import Any

import pytest

from pyspark_cloudfiles.storage import StorageError, storage_of


def test_lists_visible_files_however_deep(folder: Any) -> None:
    for name in ("b.json", "week=01/a.json", "_schemas/0", ".b.json.tmp", "week=01/_SUCCESS", "x/.y/z"):
        folder.put(name, b"1")
    listed = storage_of(folder.uri).list(folder.uri)
    assert sorted(file.path.removeprefix(folder.uri) for file in listed) == ["/b.json", "/week=01/a.json"]
    assert all(file.modified > 1_400_000_000_000_000 for file in listed)


def test_a_prefix_is_a_folder_not_a_beginning(folder: Any) -> None:
    folder.put("a.json", b"1")
    sibling = folder.uri + "-old"
    assert storage_of(sibling).list(sibling) == []
    assert storage_of(folder.uri[:-1]).list(folder.uri[:-1]) == []


@pytest.mark.parametrize("name", ["sp ace.json", "100%.json", "a#b?c.json", "é.json"])
def test_reads_what_it_lists(folder: Any, name: str) -> None:
    folder.put(name, b"content")
    (file,) = storage_of(folder.uri).list(folder.uri)
    assert storage_of(folder.uri).read(file.path) == b"content"


def test_a_hidden_parent_hides_nothing(tmp_path: Path) -> None:
    file = tmp_path / "_hidden" / "in" / "a.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"1")
    for uri in (file.parent.as_uri(), f"file:{file.parent}", str(file.parent)):
        assert [found.path for found in storage_of(uri).list(uri)] == [file.as_uri()]


def test_creates_once(folder: Any) -> None:
    storage, path = storage_of(folder.uri), f"{folder.uri}/new/1.json"
    assert storage.find(path) is None
    assert storage.create(path, b"first")
    assert not storage.create(path, b"second")
    assert storage.find(path) == b"first"


def test_creating_leaves_no_draft(tmp_path: Path) -> None:
    storage = storage_of(str(tmp_path))
    storage.create(f"{tmp_path}/1.json", b"first")
    storage.create(f"{tmp_path}/1.json", b"second")
    assert [file.name for file in tmp_path.iterdir()] == ["1.json"]


def test_a_file_that_went_away_is_named(folder: Any) -> None:
    with pytest.raises(StorageError, match=r"gone\.json: there is no such file"):
        storage_of(folder.uri).read(f"{folder.uri}/gone.json")


def test_a_missing_bucket_is_named(s3: Any) -> None:
    with pytest.raises(StorageError, match="bucket no-such-bucket cannot be listed"):
        storage_of("s3://no-such-bucket/x").list("s3://no-such-bucket/x")


def test_a_missing_bucket_is_not_a_missing_file(s3: Any) -> None:
    with pytest.raises(StorageError, match="NoSuchBucket"):
        storage_of("s3://no-such-bucket/x").find("s3://no-such-bucket/x")


def test_another_scheme_is_refused_by_name() -> None:
    with pytest.raises(StorageError, match="scheme 'abfss' is not supported"):
        storage_of("abfss://c@a/x")
