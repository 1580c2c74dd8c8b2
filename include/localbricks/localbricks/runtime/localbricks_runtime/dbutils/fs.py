"""`dbutils.fs` on S3, workspace files and local files.

https://docs.databricks.com/aws/en/dev-tools/databricks-utils#file-system-utility-dbutilsfs
"""

from localbricks_paths import bucket_and_key, is_s3

from .local import LocalFiles, on_disk
from .s3 import S3Files
from .store import FileInfo, Store
from .unsupported import Unsupported

MOST_BYTES = 65536


class FileSystem(Unsupported):
    """Paths are s3://, file:/ or /Workspace/...; DBFS, volumes and mounts are refused by name."""

    def __init__(self) -> None:
        super().__init__("fs")

    def ls(self, dir: str) -> list[FileInfo]:
        """Entries of a folder, none for an empty one; of a file that file. Raises FileNotFoundError."""
        store = _store(dir)
        return store.children(dir) if _status(store, dir).isDir() else [_status(store, dir)]

    def head(self, file: str, max_bytes: int = MOST_BYTES, maxBytes: int | None = None) -> str:  # noqa: N803
        """The first bytes as text. Raises FileNotFoundError, or IsADirectoryError."""
        store, most = _store(file), max_bytes if maxBytes is None else maxBytes
        status = _required_file(store, file)
        if status.size > most:
            print(f"[Truncated to first {most} bytes]")
        with store.reading(file) as stream:
            return stream.read(most).decode("utf-8", "replace")

    def put(self, file: str, contents: str, overwrite: bool = False) -> bool:
        """Write a file of text. Raises FileExistsError unless it may be overwritten, and for a folder."""
        store = _store(file)
        there = store.status(file)
        if there is not None and (there.isDir() or not overwrite):
            raise FileExistsError(f"{file} exists; pass overwrite=True to replace a file")
        with store.writing(file) as stream:
            stream.write(contents.encode())
        print(f"Wrote {len(contents.encode())} bytes.")
        return True

    def mkdirs(self, dir: str) -> bool:
        """Make a folder and those above it. Raises FileExistsError where a file is in the way."""
        store = _store(dir)
        there = store.status(dir)
        if there is not None and not there.isDir():
            raise FileExistsError(f"{dir} is a file")
        store.make_folder(dir)
        return True

    def rm(self, dir: str, recurse: bool = False) -> bool:
        """Remove a file, or a folder; whether there was one. Raises OSError unless `recurse` for one with content."""
        store = _store(dir)
        there = store.status(dir)
        if there is None:
            return False
        if there.isDir() and not recurse and store.children(dir):
            raise OSError(f"{dir} is a folder that is not empty; pass recurse=True to remove it")
        store.remove(dir)
        return True

    def cp(self, from_: str, to: str, recurse: bool = False) -> bool:
        """Copy a file, or a folder with `recurse`; into `to` when that is a folder.

        Raises:
            FileNotFoundError: there is nothing to copy.
            OSError: a folder without `recurse`, or into itself.
        """
        source = _store(from_)
        status = _status(source, from_)
        if status.isDir() and not recurse:
            raise OSError(f"{from_} is a folder; pass recurse=True to copy it")
        target = _inside(to, status)
        if f"{_place(target)}/".startswith(f"{_place(from_)}/"):
            raise OSError(f"{from_} cannot be copied into itself ({target})")
        _copy(status, target)
        return True

    def mv(self, from_: str, to: str, recurse: bool = False) -> bool:
        """Copy, then remove, as Databricks does. Raises what `cp` raises."""
        self.cp(from_, to, recurse)
        _store(from_).remove(from_)
        return True


def _store(path: str) -> Store:
    return S3Files() if is_s3(path) else LocalFiles()


def _status(store: Store, path: str) -> FileInfo:
    found = store.status(path)
    if found is None:
        raise FileNotFoundError(f"{path}: no such file or folder")
    return found


def _required_file(store: Store, path: str) -> FileInfo:
    found = _status(store, path)
    if found.isDir():
        raise IsADirectoryError(f"{path} is a folder")
    return found


def _inside(to: str, source: FileInfo) -> str:
    """Where a copy goes: below `to` when that is a folder, as Hadoop's copy does."""
    there = _store(to).status(to)
    return f"{to.rstrip('/')}/{source.name.rstrip('/')}" if there is not None and there.isDir() else to


def _place(path: str) -> str:
    """One text for each place, however its path is spelled, by way of links and `..` too."""
    return "/".join(bucket_and_key(path)).rstrip("/") if is_s3(path) else str(on_disk(path).resolve())


def _copy(source: FileInfo, to: str) -> None:
    target = _store(to)
    if not source.isDir():
        with _store(source.path).reading(source.path) as stream, target.writing(to) as out:
            for chunk in iter(lambda: stream.read(1 << 20), b""):
                out.write(chunk)
        return
    target.make_folder(to)
    for child in _store(source.path).children(source.path):
        _copy(child, f"{to.rstrip('/')}/{child.name.rstrip('/')}")
