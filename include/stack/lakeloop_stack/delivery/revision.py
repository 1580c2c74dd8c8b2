"""Which code is this? Models, ledger rows and releases carry the answer."""

import subprocess
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

# All that decides what a run does; a change of anything else makes no new release.
PIPELINE = ("include", "jobs", "dags", "plugins", "dbt_project", "pyproject.toml", "requirements.txt")


@dataclass(frozen=True)
class Revision:
    """`name` for people: a git revision, ``-dirty`` when files of the pipeline differ; `version` for the wheel."""

    name: str
    version: str


def revision(root: Path) -> Revision:
    """What is in the folder `root`; outside a git clone a digest of the pipeline's files stands for the revision.

    The version follows PEP 440: ``0.2.0+g0123456789ab``, and ``.dirty.<digest>`` when files differ.
    """
    base = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    commit = _git(root, "rev-parse", "HEAD")
    digest = tree_digest(root, PIPELINE)
    if commit is None:
        return Revision(f"tree-{digest[:20]}", f"{base}+tree.{digest[:12]}")
    if _git(root, "status", "--porcelain", "--", *PIPELINE):
        return Revision(f"{commit}-dirty", f"{base}+g{commit[:12]}.dirty.{digest[:8]}")
    return Revision(commit, f"{base}+g{commit[:12]}")


def _git(root: Path, *arguments: str) -> str | None:
    """What git says, or None where it has nothing to say about `root`."""
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def tree_digest(root: Path, names: tuple[str, ...]) -> str:
    """Digest of names and contents of the named files and folders, leaving out what programs generate."""
    total = sha256()
    for file in source_files(root, names):
        total.update(f"{file.relative_to(root)}\0".encode())
        total.update(sha256(file.read_bytes()).digest())
    return total.hexdigest()


def source_files(root: Path, names: tuple[str, ...]) -> list[Path]:
    """The named files and all files below the named folders, sorted; without caches, and without what dbt writes."""
    found = {path for name in names for path in _files(root / name)}
    return sorted(path for path in found if not _generated(path.relative_to(root)))


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [below for below in path.rglob("*") if below.is_file()]


def _generated(path: Path) -> bool:
    caches = {"__pycache__", "target", "logs", "dbt_packages", ".ipynb_checkpoints"}
    return (
        bool(caches & set(path.parts))
        or any(part.endswith(".egg-info") for part in path.parts)
        or path.suffix == ".pyc"
        or path.name == ".user.yml"
    )
