"""What is kept of an endpoint: one JSON file each, replaced as a whole."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Update = Literal["IN_PROGRESS", "NOT_UPDATING", "UPDATE_FAILED"]
FILE = "endpoint.json"


@dataclass(frozen=True)
class EndpointRecord:
    """An endpoint as it serves, and what it is being changed to.

    Args:
        config: what serves, as it was asked for; None before the first update has succeeded.
        pending: what is to serve; kept after a failure, so that it can be seen.
        failures: reason by name of the served entity that could not be served.
        created, updated: milliseconds since 1970.
    """

    id: str
    name: str
    creator: str
    created: int
    updated: int
    about: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] | None = None
    config_version: int = 0
    pending: dict[str, Any] | None = None
    update: Update = "NOT_UPDATING"
    failures: dict[str, str] = field(default_factory=dict)


class Records:
    """All endpoints of a state folder. A caller sees to it that one thread writes at a time.

    Args:
        root: folder with one folder for each endpoint.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, name: str) -> Path:
        """Where all that belongs to an endpoint lies."""
        return self.root / name

    def all(self) -> Iterator[EndpointRecord]:
        """By name."""
        for file in sorted(self.root.glob(f"*/{FILE}")):
            yield EndpointRecord(**json.loads(file.read_text(encoding="utf-8")))

    def find(self, name: str) -> EndpointRecord | None:
        """The endpoint, or None."""
        try:
            return EndpointRecord(**json.loads((self.folder(name) / FILE).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def save(self, record: EndpointRecord) -> None:
        """Durable when it returns."""
        folder = self.folder(record.name)
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{FILE}"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(record), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / FILE)

    def remove(self, name: str) -> None:
        """The record first, so that what is left of a removal that was cut off is no endpoint."""
        (self.folder(name) / FILE).unlink(missing_ok=True)
        shutil.rmtree(self.folder(name), ignore_errors=True)
