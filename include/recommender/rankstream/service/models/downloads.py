"""Versions of a registered model on this machine, and which of them answered last."""

import fcntl
import os
import shutil
from collections.abc import Collection
from pathlib import Path

from oipscorer.registry.download import downloaded

from ..config import ConfigError


class Downloads:
    """A folder that one process uses.

    Raises:
        ConfigError: another process uses it.
    """

    def __init__(self, folder: Path, uri: str, name: str) -> None:
        self._folder, self._uri, self._name = folder, uri, name
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"model.downloads {folder} is used by another process; give each one a folder of its own"
            ) from None

    def get(self, number: str) -> Path:
        """What MLflow has of a version, downloaded where it is not there. Raises oipscorer's RegistryError."""
        return downloaded(self._uri, self._name, number, self._folder)

    def forget(self, number: str) -> None:
        """Remove a version, so that it is downloaded anew."""
        shutil.rmtree(self._folder / self._name / number, ignore_errors=True)

    def remember(self, number: str, kept: Collection[str]) -> None:
        """Write down which version answers, and remove those that are not kept."""
        part = self._folder / "answering.part"
        part.write_text(number)
        os.replace(part, self._folder / "answering")
        for other in (self._folder / self._name).iterdir():
            if other.name not in kept:
                self.forget(other.name)

    def remembered(self) -> tuple[str, Path] | None:
        """The version that answered last, and its folder; None where there is none."""
        file = self._folder / "answering"
        number = file.read_text() if file.is_file() else ""
        folder = self._folder / self._name / number
        return (number, folder) if number and folder.is_dir() else None
