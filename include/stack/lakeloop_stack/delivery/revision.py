"""Which code is this? Models and ledger rows carry the answer."""

import subprocess
from hashlib import sha256
from pathlib import Path


def code_revision(root: Path) -> str:
    """The git revision with ``-dirty`` when files differ from it; outside a clone ``tree-<digest of the sources>``."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        return answer.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return f"tree-{tree_digest(root, ('include', 'jobs', 'dags', 'plugins', 'dbt_project'))[:20]}"


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
    return bool(caches & set(path.parts)) or path.suffix == ".pyc" or path.name == ".user.yml"
