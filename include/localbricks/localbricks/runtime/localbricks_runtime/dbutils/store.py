"""What `dbutils.fs` asks of a place where files lie."""

from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple, Protocol


class FileInfo(NamedTuple):
    """One file or folder. The name of a folder ends with a slash, and its size is 0.

    Args:
        size: bytes.
        modificationTime: milliseconds since 1970; 0 for a folder in S3, which has none.
    """

    path: str
    name: str
    size: int
    modificationTime: int  # noqa: N815

    def isDir(self) -> bool:  # noqa: N802
        """Whether it is a folder."""
        return self.name.endswith("/")

    def isFile(self) -> bool:  # noqa: N802
        """Whether it is a file."""
        return not self.isDir()


class Store(Protocol):
    """One kind of place; paths are as the user writes them."""

    def status(self, path: str) -> FileInfo | None:
        """What lies there; None for nothing."""

    def children(self, path: str) -> list[FileInfo]:
        """What lies in a folder, by name."""

    def reading(self, path: str) -> AbstractContextManager[BinaryIO]:
        """The bytes of a file."""

    def writing(self, path: str) -> AbstractContextManager[BinaryIO]:
        """A new file, in place of one that is there; whole or not at all."""

    def remove(self, path: str) -> None:
        """Take away a file, or a folder with all that is in it."""

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it, unless it is there."""
