"""The Python environment of a task: the runtime's libraries and what the task declares, and nothing else.

A library that is installed beside localbricks but not declared is missing here, as it would be on a cluster. Nothing
is downloaded or copied: an environment is a folder of links to the distributions that are installed already, made once
for each set of distributions.
"""

import csv
import hashlib
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# What a Databricks runtime brings along, as far as it is installed here; not xgboost, and of MLflow the slim part.
RUNTIME = (
    "boto3",
    "databricks-sdk",
    "delta-spark",
    "ipykernel",
    "ipython",
    "matplotlib",
    "mlflow-skinny",
    "numpy",
    "packaging",
    "pandas",
    "psutil",
    "pyarrow",
    "pyspark[connect]",
    "pyyaml",
    "requests",
    "scikit-learn",
    "scipy",
)
RUNTIME_FOLDER = Path(__file__).parents[2] / "runtime"
# Two lines as the `site` module reads them: where the runtime's own modules lie, and what begins each process.
RUNTIME_LINES = f"{RUNTIME_FOLDER}\nimport localbricks_runtime.startup\n"
# `%pip` checks what is there; a pip from elsewhere on the PATH would change another environment.
NO_PIP = "#!/bin/sh\necho 'the local workspace runs no pip; declare libraries in the task, or use %pip' >&2\nexit 1\n"


class Environments:
    """Environments below `folder`, shared by all runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def python(self, requirements: Iterable[str]) -> Path:
        """The interpreter that sees the runtime and `requirements` with all that they need in turn.

        What is not installed is left out: the caller has found it elsewhere, or has refused it.
        """
        wanted = closure((*RUNTIME, *sorted(set(requirements))))
        target = self.folder / _digest(wanted)
        if not target.is_dir():
            self._make(target, wanted)
        os.utime(target)  # When it was asked for last: see Libraries.forget_unused.
        return target / "bin" / "python"

    def _make(self, target: Path, wanted: Mapping[str, Distribution]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".making-") as temporary:
            draft = Path(temporary) / "environment"
            _make_interpreter(draft)
            site = draft / "lib" / _version() / "site-packages"
            _link(wanted.values(), site)
            (site / "localbricks_runtime.pth").write_text(RUNTIME_LINES, encoding="utf-8")
            try:
                os.rename(draft, target)
            except OSError:
                # Another task made the same one meanwhile.
                if not target.is_dir():
                    raise


@lru_cache(maxsize=64)
def closure(requirements: tuple[str, ...]) -> dict[str, Distribution]:
    """The installed distributions that the requirements lead to, by canonical name."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [requirement for text in requirements if (requirement := _applies(text, ()))]
    while waiting:
        requirement = waiting.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            found[key[0]] = installed = distribution(requirement.name)
        except PackageNotFoundError:
            continue
        waiting += [
            needed for text in installed.requires or [] if (needed := _applies(text, requirement.extras))
        ]
    return found


def _applies(text: str, extras: Iterable[str]) -> Requirement | None:
    requirement = Requirement(text)
    marker = requirement.marker
    if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
        return requirement
    return None


def _digest(wanted: Mapping[str, Distribution]) -> str:
    lines = sorted(f"{name}=={found.version}" for name, found in wanted.items())
    return hashlib.sha256(
        "\n".join([sys.version, sys.prefix, RUNTIME_LINES, NO_PIP, *lines]).encode()
    ).hexdigest()[:20]


def _version() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def _make_interpreter(folder: Path) -> None:
    """A virtual environment is an interpreter with this file above it."""
    base = Path(sys.executable).resolve()
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(base)
    (folder / "bin" / "python3").symlink_to(base)
    for name in ("pip", "pip3"):
        (folder / "bin" / name).write_text(NO_PIP, encoding="utf-8")
        (folder / "bin" / name).chmod(0o755)
    (folder / "pyvenv.cfg").write_text(
        f"home = {base.parent}\ninclude-system-site-packages = false\n", encoding="utf-8"
    )


def _link(wanted: Iterable[Distribution], site: Path) -> None:
    """Link whole folders where one distribution owns them, and single files where several share one."""
    site.mkdir(parents=True)
    owners = _owners()
    for found in wanted:
        source = Path(str(found.locate_file("")))
        for top, files in _files(found).items():
            if len(owners[top]) == 1:
                _link_once(source / top, site / top)
            else:
                for file in files:
                    _link_shared(source / file, site / file)


def _owners() -> Mapping[str, set[str]]:
    """Names of the distributions that have files in each folder of site-packages, or own that file."""
    owners: dict[str, set[str]] = defaultdict(set)
    for found in distributions():
        for top in _files(found):
            owners[top].add(found.name)
    return owners


def _files(found: Distribution) -> Mapping[str, list[str]]:
    """What a distribution has in site-packages, by the first part of its path.

    Read as text: ``Distribution.files`` makes objects of a hundred thousand paths, which takes half a minute.
    """
    files: dict[str, list[str]] = defaultdict(list)
    for row in csv.reader((found.read_text("RECORD") or "").splitlines()):
        top = row[0].partition("/")[0]
        if top != ".." and not top.endswith(".pth"):  # programs; and paths of editable installations
            files[top].append(row[0])
    return files


def _link_shared(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    _link_once(source, place)
    compiled = source.parent / "__pycache__"
    if compiled.is_dir():
        _link_once(compiled, place.parent / "__pycache__")


def _link_once(source: Path, place: Path) -> None:
    if not place.is_symlink() and not place.exists() and source.exists():
        place.symlink_to(source)
