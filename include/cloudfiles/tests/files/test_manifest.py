import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pyspark_cloudfiles.files.manifest import COMPACTED, ManifestError, Manifests
from pyspark_cloudfiles.files.storage import Disk, FileInfo, storage_of


def _manifests(location: Path, source: str = "s3://b/in") -> Manifests:
    found = Manifests(storage_of(str(location)), str(location), source)
    found.refresh()
    return found


def _files(*names: str) -> list[FileInfo]:
    return [FileInfo(f"s3://b/in/{name}", modified=7) for name in names]


def test_batches_are_numbered_and_kept(tmp_path: Path) -> None:
    first = _manifests(tmp_path)
    for number in range(40):  # more than one round of parallel reads
        first.add(_files(f"f{number}"))
    later = _manifests(tmp_path)
    assert later.last == 40
    assert [later.files(number) for number in (1, 17, 40)] == [_files("f0"), _files("f16"), _files("f39")]
    assert list(later.seen.unseen(_files("f39", "f40"))) == _files("f40")


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


def test_files_of_an_older_manifest_are_known_by_any_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "_files").mkdir()
    older = {"source": "s3a://b/in", "files": [{"path": "s3a://b/in/a", "modified": 7}]}
    (tmp_path / "_files" / "00000001.json").write_text(json.dumps(older))
    found = _manifests(tmp_path, "s3n://b/in")
    assert found.files(1) == _files("a")
    assert list(found.seen.unseen(_files("a", "b"))) == _files("b")


def test_what_has_been_seen_is_compacted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = _manifests(tmp_path)
    for number in range(2 * COMPACTED + 5):
        writer.add(_files(f"f{number}"))
    assert [file.name for file in (tmp_path / "_files" / "seen").iterdir()] == [f"{2 * COMPACTED:08d}"]
    storage, found = _Counting(), 2 * COMPACTED + 5
    later = Manifests(storage, str(tmp_path), "s3://b/in")
    later.refresh()
    assert (later.last, len(later.seen)) == (found, found)
    assert storage.reads < 40
    assert list(later.seen.unseen(_files("f0", f"f{found - 1}", "new"))) == _files("new")
    assert later.files(1) == _files("f0")
    with pytest.raises(
        ManifestError, match=r"seen/00000200 lists files of s3://b/in, but the stream reads s3://b/x"
    ):
        _manifests(tmp_path, "s3://b/x")


class _Counting(Disk):
    def __init__(self) -> None:
        self.reads = 0

    def find(self, path: str) -> bytes | None:
        self.reads += 1
        return super().find(path)


def test_two_writers_at_once_make_each_batch_once(tmp_path: Path) -> None:
    writers = [_manifests(tmp_path) for _ in range(4)]

    def write(writer: Manifests) -> int:
        return sum(writer.add(_files(f"{number}")) for number in range(25))

    with ThreadPoolExecutor(len(writers)) as pool:
        won = sum(pool.map(write, writers))
    last = _manifests(tmp_path)
    assert last.last == won
    assert [len(last.files(number)) for number in range(1, won + 1)] == [1] * won


def test_a_manifest_is_plain_json(tmp_path: Path) -> None:
    _manifests(tmp_path).add(_files("a"))
    written = json.loads((tmp_path / "_files" / "00000001.json").read_text())
    assert written == {"source": "s3://b/in", "files": [{"path": "s3://b/in/a", "modified": 7}]}
