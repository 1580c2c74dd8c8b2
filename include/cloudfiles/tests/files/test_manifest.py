import json
from pathlib import Path

import pytest

from pyspark_cloudfiles.manifest import ManifestError, Manifests
from pyspark_cloudfiles.storage import FileInfo, storage_of


def _manifests(location: Path, source: str = "s3://b/in") -> Manifests:
    found = Manifests(storage_of(str(location)), str(location), source)
    found.refresh()
    return found


def _files(*paths: str) -> list[FileInfo]:
    return [FileInfo(path, modified=7) for path in paths]


def test_batches_are_numbered_and_kept(tmp_path: Path) -> None:
    first = _manifests(tmp_path)
    for number in range(40):  # more than one round of parallel reads
        first.add(_files(f"f{number}"))
    later = _manifests(tmp_path)
    assert later.last == 40
    assert [later.files(number) for number in (1, 17, 40)] == [_files("f0"), _files("f16"), _files("f39")]
    assert later.seen("f39")
    assert not later.seen("f40")


def test_a_batch_that_another_process_made_first_is_the_next_one(tmp_path: Path) -> None:
    one, other = _manifests(tmp_path), _manifests(tmp_path)
    one.add(_files("a", "b"))
    other.add(_files("a"))
    assert other.last == 1
    assert other.files(1) == _files("a", "b")


def test_a_checkpoint_ahead_of_the_manifests_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"00000001\.json is missing, but the stream's checkpoint"):
        _manifests(tmp_path).check(1)


def test_the_location_of_another_folder_is_refused(tmp_path: Path) -> None:
    _manifests(tmp_path).add(_files("a"))
    with pytest.raises(ManifestError, match=r"lists files of s3://b/in, but the stream reads s3://b/other"):
        _manifests(tmp_path, "s3://b/other")


def test_the_ways_to_write_one_folder_are_one(tmp_path: Path) -> None:
    _manifests(tmp_path, "s3a://b/in/").add(_files("a"))
    assert _manifests(tmp_path, "s3://b/in").last == 1


def test_a_manifest_is_plain_json(tmp_path: Path) -> None:
    _manifests(tmp_path).add(_files("a"))
    written = json.loads((tmp_path / "_files" / "00000001.json").read_text())
    assert written == {"source": "s3://b/in", "files": [{"path": "a", "modified": 7}]}
