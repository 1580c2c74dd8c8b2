"""Wheels and requirements of a task: installed offline, each wheel once, or refused by name."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from .sources import SetupError, fetch

CODE = "LIBRARY_INSTALLATION_ERROR"


class Libraries:
    """Installed wheels, one folder per content, shared by all runs.

    Args:
        folder: where they are kept.
        workspace: root folder of the workspace's files.
    """

    def __init__(self, folder: Path, workspace: Path) -> None:
        self.folder = folder
        self.workspace = workspace

    def prepare(self, dependencies: Iterable[str], downloads: Path) -> list[Path]:
        """Return the folders to put on PYTHONPATH for wheels and requirements, in order.

        Raises SetupError naming the wheel or requirement that cannot be had.
        """
        wheels, requirements = _sorted(dependencies)
        folders = [self.install(fetch(self.workspace, wheel, downloads)) for wheel in wheels]
        own = {
            canonicalize_name(entry.name): entry for entry in distributions(path=[str(f) for f in folders])
        }
        for text in requirements:
            _check(text, "the task", own)
        for entry in own.values():
            for text in entry.requires or []:
                _check(text, f"{entry.name} {entry.version}", own)
        return folders

    def install(self, wheel: Path) -> Path:
        """Return the folder that holds the wheel's content; installs it when no run has used it before."""
        target = self.folder / _digest(wheel)
        if not target.is_dir():
            self._install_into(wheel, target)
        return target

    def _install_into(self, wheel: Path, target: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".installing-") as temporary:
            draft = Path(temporary) / "content"
            _uv_install(wheel, draft)
            try:
                os.rename(draft, target)
            except OSError:
                # Another task installed the same content meanwhile.
                if not target.is_dir():
                    raise


def _uv_install(wheel: Path, target: Path) -> None:
    uv = shutil.which(
        "uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    )
    if uv is None:
        raise SetupError(
            "the program uv, which installs wheels, is not installed; install lakeloop[local]", CODE
        )
    options = ["--no-deps", "--offline", "--no-config", "--no-cache", "--quiet", "--link-mode", "copy"]
    answer = subprocess.run(
        [uv, "pip", "install", *options, "--python", sys.executable, "--target", str(target), str(wheel)],
        capture_output=True,
        text=True,
    )
    if answer.returncode:
        raise SetupError(f"{wheel.name} cannot be installed: {answer.stderr.strip()}", CODE)


def _sorted(dependencies: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return wheels and requirements apart."""
    wheels: list[str] = []
    requirements: list[str] = []
    for text in dependencies:
        if text.startswith("-"):
            raise SetupError(f"{text!r}: options of pip are not supported by the local workspace", CODE)
        (wheels if text.endswith(".whl") else requirements).append(text)
    return wheels, requirements


def _check(text: str, who: str, own: Mapping[NormalizedName, Distribution]) -> None:
    """Raise SetupError when neither the task's wheels nor what is installed meet a requirement."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise SetupError(f"{text!r} is neither a wheel nor a requirement: {error}", CODE) from error
    if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
        return
    found = own.get(canonicalize_name(requirement.name)) or _installed(requirement.name)
    if found is None or not requirement.specifier.contains(found.version, prereleases=True):
        seen = "it is not installed" if found is None else f"{found.version} is installed"
        raise SetupError(
            f"{who} needs {text}, but {seen}; the local workspace installs nothing from an index", CODE
        )


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
