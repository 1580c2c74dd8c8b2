"""Files that are there whole or not at all, also after a power cut."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import LogError


def write_whole(file: Path, content: bytes) -> None:
    """Replaces `file` by `content` in one step."""
    made = file.with_name(f".{file.name}.new")
    with made.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    made.replace(file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """The names in it reach the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def only_one(file: Path, what: str) -> Iterator[None]:
    """Holds `file` locked; the kernel gives it back when its holder dies. Raises LogError where another holds it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LogError(f"another process {what} {file.parent}; wait until it has ended") from None
        yield
