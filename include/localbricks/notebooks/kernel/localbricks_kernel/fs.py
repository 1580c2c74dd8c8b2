"""`dbutils.fs` on S3, workspace files and files of this machine."""

from collections.abc import Callable
from typing import Any

from .places import FileInfo, Place, place

HEAD_BYTES = 65536


class FileSystem:
    """Paths are ``s3://bucket/key``, ``/Workspace/...`` or ``file:/...``."""

    def ls(self, path: str) -> list[FileInfo]:
        """Return the entries of a folder, or of a file itself. Raises FileNotFoundError."""
        return place(path).entries()

    def head(self, path: str, maxBytes: int = HEAD_BYTES) -> str:  # noqa: N803
        """Return the first bytes of a file as text. Raises FileNotFoundError."""
        return place(path).read(maxBytes).decode("utf-8", "replace")

    def put(self, path: str, contents: str, overwrite: bool = False) -> bool:
        """Write a text file. Raises FileExistsError unless it may be overwritten."""
        target = place(path)
        if not overwrite and target.exists():
            raise FileExistsError(f"{path} exists; pass overwrite=True to replace it")
        content = contents.encode()
        target.write(content)
        print(f"Wrote {len(content)} bytes.")
        return True

    def rm(self, path: str, recurse: bool = False) -> bool:
        """Remove a file, or a folder with ``recurse``. Returns whether there was one."""
        target = place(path)
        if not target.exists():
            return False
        if target.is_folder() and not recurse:
            raise IsADirectoryError(f"{path} is a folder; pass recurse=True to remove it")
        target.remove()
        return True

    def mkdirs(self, path: str) -> bool:
        """Make a folder and those above it; S3 needs none."""
        place(path).make()
        return True

    def cp(self, source: str, destination: str, recurse: bool = False) -> bool:
        """Copy a file, or a folder with ``recurse``. Raises FileNotFoundError."""
        return self._transfer(source, destination, recurse, lambda _: None)

    def mv(self, source: str, destination: str, recurse: bool = False) -> bool:
        """Move a file, or a folder with ``recurse``: a copy that is complete before anything is removed."""
        return self._transfer(source, destination, recurse, lambda moved: moved.remove())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotImplementedError(f"dbutils.fs.{name} is not supported by the local workspace")

    def _transfer(self, source: str, destination: str, recurse: bool, after: Callable[[Place], None]) -> bool:
        origin, target = place(source), place(destination)
        if not origin.exists():
            raise FileNotFoundError(f"{source} does not exist")
        if not origin.is_folder():
            inside = destination.endswith("/") or target.is_folder()
            (target.child(origin.name) if inside else target).write(origin.read())
        elif recurse:
            for relative in origin.files():
                target.child(relative).write(origin.child(relative).read())
        else:
            raise IsADirectoryError(f"{source} is a folder; pass recurse=True")
        after(origin)
        return True
