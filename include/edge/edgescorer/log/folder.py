"""Where everything of a log lies."""

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from ..errors import LogError
from .files import write_whole

KINDS = {"scores": ".jsonl", "drift": ".json"}


@dataclass(frozen=True)
class Folder:
    """``open`` holds the segment that grows, ``closed`` what is to be sent, ``sent`` what has arrived."""

    root: Path

    @property
    def open(self) -> Path:
        return self.root / "open"

    @property
    def positions(self) -> Path:
        return self.root / "positions.json"

    def closed(self, kind: str) -> Path:
        """Of ``scores`` or ``drift``."""
        return self.root / "closed" / kind

    def sent(self, kind: str) -> Path:
        """Of ``scores`` or ``drift``."""
        return self.root / "sent" / kind

    def make(self) -> "Folder":
        """All of them. Raises LogError."""
        folders = [self.open, *(where(kind) for kind in KINDS for where in (self.closed, self.sent))]
        try:
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LogError(f"{self.root} cannot hold a log: {error}") from None
        return self

    def device(self) -> str:
        """This log's name among all others, made once."""
        file = self.root / "device"
        if not file.exists():
            write_whole(file, uuid4().hex[:12].encode())
        return file.read_text().strip()
