"""JSON lines in files that are rotated."""

import os
import time
from pathlib import Path


class LogFiles:
    """``NAME.jsonl`` of a folder; when it is full, it is renamed to ``NAME-TIME.jsonl``, and the oldest are removed.

    Args:
        name: of this process, which alone writes the file.
        size: bytes of a file.
        kept: files beside the one that is written.
    """

    def __init__(self, folder: Path, name: str, size: int, kept: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._name, self._size, self._kept = folder, name, size, kept
        self._file = folder / f"{name}.jsonl"
        self._descriptor = self._opened()

    def write(self, lines: list[bytes]) -> None:
        """Writes all of the lines, or raises OSError and leaves none of them behind."""
        content, start = b"".join(lines), os.fstat(self._descriptor).st_size
        if start and start + len(content) > self._size:
            self._rotate()
            start = 0
        try:
            if os.write(self._descriptor, content) < len(content):
                raise OSError(f"{self._file}: the disk is full")
        except OSError:
            os.ftruncate(self._descriptor, start)
            raise

    def close(self) -> None:
        """Ends the writing."""
        os.close(self._descriptor)

    def _opened(self) -> int:
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        return os.open(self._file, flags, 0o640)  # features may be personal data

    def _rotate(self) -> None:
        os.close(self._descriptor)
        self._file.rename(self._folder / f"{self._name}-{time.time_ns()}.jsonl")
        self._descriptor = self._opened()
        for old in sorted(self._folder.glob(f"{self._name}-*.jsonl"))[: -self._kept]:
            old.unlink(missing_ok=True)
