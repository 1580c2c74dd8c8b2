"""Wheels and requirements of a task: each wheel installed once, what is missing from the index or refused by name."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from .environments import Environments
from .sources import SetupError, fetch

UV_SECONDS = 600
KEPT_SECONDS = 60 * 24 * 3600
"""As long as runs are kept: a task that is as old cannot be running, nor its run be repaired."""
CODE = "LIBRARY_INSTALLATION_ERROR"


@dataclass(frozen=True)
class Prepared:
    """What a task imports: `folders` first, then what `python` sees."""

    folders: list[Path]
    python: Path


class Libraries:
    """Installed wheels, one folder per content, shared by all runs.

    Args:
        folder: where they are kept.
        workspace: root folder of the workspace's files.
    """

    def __init__(self, folder: Path, workspace: Path) -> None:
        self.folder = folder
        self.workspace = workspace
        self._environments = Environments(folder.with_name("environments"))

    def prepare(self, dependencies: Iterable[str], downloads: Path) -> Prepared:
        """Return the folders to put on PYTHONPATH, in order, and the interpreter that sees what else is declared.

        Raises SetupError naming the wheel or requirement that cannot be had.
        """
        wheels, requirements = _sorted(dependencies)
        folders = [self.install(fetch(self.workspace, wheel, downloads)) for wheel in wheels]
        own = {
            canonicalize_name(entry.name): entry for entry in distributions(path=[str(f) for f in folders])
        }
        declared = {text: "the task" for text in requirements}
        for entry in own.values():
            declared |= {text: f"{entry.name} {entry.version}" for text in entry.requires or []}
        missing = {text: why for text, who in declared.items() if (why := _missing(text, who, own))}
        if missing:
            folders.append(self._from_index(missing))
        return Prepared(folders, self._environments.python(declared.keys() - missing.keys()))

    def install(self, wheel: Path) -> Path:
        """Return the folder that holds the wheel's content; installs it when no run has used it before."""
        target = self.folder / _digest(wheel)
        if not target.is_dir():
            self._install_into(wheel, target)
        os.utime(target)  # When it was asked for last.
        return target

    def forget_unused(self, kept_seconds: float = KEPT_SECONDS) -> None:
        """Remove the libraries and environments that no task has asked for in that time."""
        for kept in (self.folder, self._environments.folder):
            for entry in kept.glob("*"):
                if entry.stat().st_mtime < time.time() - kept_seconds:
                    shutil.rmtree(entry, ignore_errors=True)

    def _from_index(self, missing: Mapping[str, str]) -> Path:
        """Return a folder with what is installed nowhere here, taken from the index that uv is configured for."""
        target = (
            self.folder / f"index-{hashlib.sha256(chr(10).join(sorted(missing)).encode()).hexdigest()[:20]}"
        )
        if not target.is_dir():
            with tempfile.TemporaryDirectory(dir=_made(self.folder), prefix=".installing-") as temporary:
                draft = Path(temporary) / "content"
                said = _uv(draft, [], sorted(missing))
                if said is not None:
                    why = "; ".join(missing.values())
                    raise SetupError(f"{why}; the package index does not provide it either: {said}", CODE)
                _publish(draft, target)
        os.utime(target)
        return target

    def _install_into(self, wheel: Path, target: Path) -> None:
        with tempfile.TemporaryDirectory(dir=_made(self.folder), prefix=".installing-") as temporary:
            draft = Path(temporary) / "content"
            said = _uv(draft, ["--no-deps", "--offline", "--no-config", "--no-cache"], [str(wheel)])
            if said is not None:
                raise SetupError(f"{wheel.name} cannot be installed: {said}", CODE)
            _publish(draft, target)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _publish(draft: Path, target: Path) -> None:
    try:
        os.rename(draft, target)
    except OSError:
        # Another task installed the same content meanwhile.
        if not target.is_dir():
            raise


def _uv(target: Path, options: list[str], what: list[str]) -> str | None:
    """Install into a folder; returns what uv said when it could not."""
    uv = shutil.which(
        "uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    )
    if uv is None:
        raise SetupError(
            "the program uv, which installs wheels, is not installed; install lakeloop[local]", CODE
        )
    common = ["--quiet", "--link-mode", "copy", "--python", sys.executable, "--target", str(target)]
    answer = subprocess.run(
        [uv, "pip", "install", *options, *common, *what], capture_output=True, text=True, timeout=UV_SECONDS
    )
    return answer.stderr.strip() if answer.returncode else None


def _sorted(dependencies: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return wheels and requirements apart."""
    wheels: list[str] = []
    requirements: list[str] = []
    for text in dependencies:
        if text.startswith("-"):
            raise SetupError(f"{text!r}: options of pip are not supported by the local workspace", CODE)
        (wheels if text.endswith(".whl") else requirements).append(text)
    return wheels, requirements


def _missing(text: str, who: str, own: Mapping[NormalizedName, Distribution]) -> str | None:
    """Why neither the task's wheels nor what is installed meet a requirement; None when they do.

    Raises SetupError for a text that is no requirement.
    """
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise SetupError(f"{text!r} is neither a wheel nor a requirement: {error}", CODE) from error
    if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
        return None
    found = own.get(canonicalize_name(requirement.name)) or _installed(requirement.name)
    if found is None or not requirement.specifier.contains(found.version, prereleases=True):
        seen = "it is not installed" if found is None else f"{found.version} is installed"
        return f"{who} needs {text}, but {seen}"
    return None


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
