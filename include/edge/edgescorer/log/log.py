"""The log of one runner."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from ..drift import Counters
from ..model import Model
from .files import only_one, sync_folder
from .folder import Folder
from .segment import HEAD, Position, close, commit, line, read_positions

Fsync = Literal["commit", "segment", "never"]


class Log:
    """Appends commits to a segment, which is closed when it has its rows.

    Args:
        fsync: with ``commit`` a power cut takes nothing that was committed, with ``segment`` at most the open segment;
            ``never`` leaves it to the operating system. A kill takes nothing whatever is chosen.
        most_rows: of a segment.
    """

    def __init__(self, folder: Folder, model: Model, fsync: Fsync, most_rows: int) -> None:
        self._folder, self._model, self._fsync, self._most = folder, model, fsync, most_rows
        self._device = folder.device()
        self._positions = read_positions(folder.positions)
        self._file: Path | None = None
        self._number, self._rows = -1, 0

    def position(self, source: str) -> Position:
        """How much of `source` was logged with this model."""
        return self._positions.get(self._key(source), Position())

    def append(
        self, records: Sequence[dict[str, Any]], source: str, position: Position, counters: Counters
    ) -> None:
        """One commit; `source` is empty for what cannot be read twice."""
        if self._file is None:
            self._open()
        key = self._key(source) if source else ""
        content = b"".join(map(line, records)) + commit(key, position, counters)
        written = os.write(self._number, content)
        while written < len(content):  # a signal or a full disk may cut it
            written += os.write(self._number, content[written:])
        if self._fsync == "commit":
            os.fsync(self._number)
        self._rows += len(records)
        if self._rows >= self._most:
            self.close()

    def close(self) -> None:
        """Closes the segment, which can be sent from then on."""
        if self._file is None:
            return
        if self._fsync != "never":
            os.fsync(self._number)
        os.close(self._number)
        close(self._folder, self._file)
        self._file, self._rows = None, 0

    def _open(self) -> None:
        now = datetime.now(UTC)
        name = f"{self._device}-{now:%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}"
        self._file = self._folder.open / name
        self._number = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        head = {"name": name, "device": self._device, "opened": now.isoformat(), "model": self._model.content}
        os.write(self._number, line({HEAD: head}))
        sync_folder(self._folder.open)

    def _key(self, source: str) -> str:
        return f"{self._model.digest[:16]} {source}"


@contextmanager
def opened(root: Path, model: Model, fsync: Fsync, most_rows: int) -> Iterator[Log]:
    """The log in `root`, for one process at a time; what a killed one left open is closed first. Raises LogError."""
    folder = Folder(root).make()
    with only_one(root / "run.lock", "logs to"):
        for left in sorted(folder.open.iterdir()):
            close(folder, left)
        log = Log(folder, model, fsync, most_rows)
        yield log
        log.close()
