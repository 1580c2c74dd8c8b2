"""Files of this machine (``file:/...``) and of the workspace (``/Workspace/...``, ``file:/Workspace/...``)."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from localbricks_paths import PROTECTED, workspace_file, workspace_root

from .store import FileInfo

_FILE = re.compile(r"file:(?://)?(?=/)")


class LocalFiles:
    """`dbutils.fs` on a disk."""

    def status(self, path: str) -> FileInfo | None:
        """What lies there; None for nothing."""
        file = on_disk(path)
        return _info(path.rstrip("/"), file) if file.exists() else None

    def children(self, path: str) -> list[FileInfo]:
        """What lies in a folder, by name."""
        start = path.rstrip("/")
        return [_info(f"{start}/{entry.name}", entry) for entry in sorted(on_disk(path).iterdir())]

    @contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        """The file's bytes."""
        with on_disk(path).open("rb") as stream:
            yield stream

    @contextmanager
    def writing(self, path: str) -> Iterator[BinaryIO]:
        """A draft beside the file, which takes its place when it is complete."""
        file = on_disk(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".writing-") as folder:
            draft = Path(folder) / file.name
            with draft.open("wb") as stream:
                yield stream
            draft.replace(file)

    def remove(self, path: str) -> None:
        """Take away a file, or a folder with all that is in it. Raises PermissionError for a protected folder."""
        file = on_disk(path)
        if not file.is_symlink() and file.resolve() in _protected():
            raise PermissionError(f"{path} is a protected folder and cannot be removed; remove what is in it")
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        else:
            file.unlink()

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it, unless it is there."""
        on_disk(path).mkdir(parents=True, exist_ok=True)


def on_disk(path: str) -> Path:
    """Where a path leads. Raises ValueError for one that is of neither kind."""
    file = _FILE.sub("", path)
    if file == "/Workspace" or file.startswith("/Workspace/"):
        return workspace_file(workspace_root(), file)
    if file != path:
        return Path(file)
    raise ValueError(
        f"{path}: there are no DBFS, volumes and mounts in the local workspace; use s3://, file:/ or /Workspace/"
    )


def _protected() -> list[Path]:
    root = workspace_root().resolve()
    return [Path("/"), *(root / folder.lstrip("/") for folder in PROTECTED)]


def _info(path: str, file: Path) -> FileInfo:
    stat = file.stat()
    modified = int(stat.st_mtime * 1000)
    name = path.rpartition("/")[2]
    return (
        FileInfo(f"{path}/", f"{name}/", 0, modified)
        if file.is_dir()
        else FileInfo(path, name, stat.st_size, modified)
    )
