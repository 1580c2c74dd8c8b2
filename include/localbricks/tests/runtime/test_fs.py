"""dbutils.fs: the same answers wherever the files lie."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from localbricks_runtime.dbutils import DBUtils
from localbricks_runtime.dbutils.fs import FileSystem
from moto import mock_aws


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="lake")
        yield client


@pytest.fixture
def fs(dbutils: DBUtils) -> FileSystem:
    return dbutils.fs


@pytest.fixture(params=["s3://lake/base", "/Workspace/Shared/base", "file:/Workspace/Shared/base", "file:"])
def base(request: pytest.FixtureRequest, s3: Any, tmp_path: Path) -> str:
    return request.param if request.param != "file:" else f"file:{tmp_path}/base"


def listed(fs: FileSystem, path: str) -> list[tuple[str, int]]:
    return [(info.name, info.size) for info in fs.ls(path)]


def test_a_folder_lists_its_folders_and_files(fs: FileSystem, base: str) -> None:
    fs.put(f"{base}/b#1?.txt", "hello")
    fs.put(f"{base}/a/inner.txt", "")
    assert listed(fs, base) == [("a/", 0), ("b#1?.txt", 5)]
    folder, file = fs.ls(base)
    assert (folder.isDir(), folder.path) == (True, f"{base}/a/")
    assert (file.isFile(), file.path) == (True, f"{base}/b#1?.txt")
    assert file.modificationTime > 1_500_000_000_000  # milliseconds since 1970


def test_a_file_lists_as_itself_an_empty_folder_as_nothing_and_nothing_not_at_all(
    fs: FileSystem, base: str
) -> None:
    fs.put(f"{base}/note.txt", "hello")
    fs.mkdirs(f"{base}/void")
    assert listed(fs, f"{base}/note.txt") == [("note.txt", 5)]
    assert listed(fs, f"{base}/void") == []
    with pytest.raises(FileNotFoundError, match="gone: no such file or folder"):
        fs.ls(f"{base}/gone")


def test_the_head_of_a_file_says_that_it_is_cut(
    fs: FileSystem, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fs.put(f"{base}/note.txt", "hello")
    assert (fs.head(f"{base}/note.txt", 4), fs.head(f"{base}/note.txt")) == ("hell", "hello")
    assert capsys.readouterr().out.splitlines() == ["Wrote 5 bytes.", "[Truncated to first 4 bytes]"]
    with pytest.raises(IsADirectoryError, match="is a folder"):
        fs.head(base)


def test_nothing_is_overwritten_unasked(fs: FileSystem, base: str) -> None:
    fs.put(f"{base}/note.txt", "1")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        fs.put(f"{base}/note.txt", "2")
    with pytest.raises(FileExistsError, match=r"note\.txt is a file"):
        fs.mkdirs(f"{base}/note.txt")
    fs.put(f"{base}/note.txt", "2", overwrite=True)
    assert fs.head(f"{base}/note.txt") == "2"


def test_a_folder_with_content_is_removed_only_with_recurse(fs: FileSystem, base: str) -> None:
    fs.put(f"{base}/run/a.txt", "1")
    fs.put(f"{base}/run2/keep.txt", "1")
    with pytest.raises(OSError, match="not empty; pass recurse=True"):
        fs.rm(f"{base}/run")
    assert fs.rm(f"{base}/run", recurse=True)
    assert not fs.rm(f"{base}/run", recurse=True)
    assert listed(fs, base) == [("run2/", 0)]
    fs.mkdirs(f"{base}/void")
    assert fs.rm(f"{base}/void")


def test_a_folder_is_copied_and_moved_with_recurse(fs: FileSystem, base: str) -> None:
    fs.put(f"{base}/a/deep/x.txt", "1")
    with pytest.raises(OSError, match="pass recurse=True"):
        fs.cp(f"{base}/a", f"{base}/b")
    fs.cp(f"{base}/a", f"{base}/b", recurse=True)
    fs.mv(f"{base}/a", f"{base}/b", recurse=True)  # into b, which is there
    assert [fs.head(f"{base}/b/{name}") for name in ("deep/x.txt", "a/deep/x.txt")] == ["1", "1"]
    assert listed(fs, base) == [("b/", 0)]
    with pytest.raises(OSError, match="cannot be copied into itself"):
        fs.mv(f"{base}/b", f"{base}/b/c", recurse=True)


def test_a_file_is_not_moved_onto_itself_by_another_of_its_names(fs: FileSystem, tmp_path: Path) -> None:
    fs.put(f"file:{tmp_path}/real/x.txt", "kept")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("real/../real/x.txt", "link/x.txt", "real/./x.txt"):
        with pytest.raises(OSError, match="cannot be copied into itself"):
            fs.mv(f"file:{tmp_path}/{name}", f"file:{tmp_path}/real/x.txt")
    assert fs.rm(f"file:{tmp_path}/link", recurse=True)  # the link, not what it leads to
    assert fs.head(f"file:{tmp_path}/real/x.txt") == "kept"


def test_files_travel_between_places(fs: FileSystem, s3: Any, tmp_path: Path) -> None:
    fs.put(f"file:{tmp_path}/x.bin", "content")
    fs.cp(f"file:{tmp_path}/x.bin", "s3://lake/in/x.bin")
    fs.mv("s3a://lake/in/x.bin", "/Workspace/Shared/x.bin")
    assert fs.head("/Workspace/Shared/x.bin") == "content"
    assert listed(fs, "s3://lake") == []


def test_a_folder_in_s3_lists_all_of_its_thousands(fs: FileSystem, s3: Any) -> None:
    for number in range(1003):
        s3.put_object(Bucket="lake", Key=f"many/{number:04}.txt")
    assert len(fs.ls("s3://lake/many")) == 1003
    fs.rm("s3://lake/many", recurse=True)
    assert "Contents" not in s3.list_objects_v2(Bucket="lake")


@pytest.mark.parametrize("path", ["/x", "dbfs:/tmp/x", "/Volumes/a/b/c", "mnt/x"])
def test_dbfs_volumes_and_mounts_are_refused_by_name(fs: FileSystem, path: str) -> None:
    with pytest.raises(ValueError, match=f"{path}: there are no DBFS, volumes and mounts"):
        fs.ls(path)


def test_no_protected_folder_is_removed(fs: FileSystem, tmp_path: Path) -> None:
    own = tmp_path / "workspace"
    fs.put("/Workspace/Shared/x.txt", "kept")
    for path in ("/Workspace", "/Workspace/.", f"file:{own}", f"file:{own}/Shared/..", "/Workspace/Shared"):
        with pytest.raises(PermissionError, match="is a protected folder"):
            fs.rm(path, recurse=True)
    assert fs.head("/Workspace/Shared/x.txt") == "kept"


def test_a_bucket_that_is_not_there_is_no_folder(fs: FileSystem, s3: Any) -> None:
    with pytest.raises(FileNotFoundError, match="s3://other/x: no such file or folder"):
        fs.ls("s3://other/x")
