"""Virtual environments that hold exactly what a lock says: a version's own, and those of tools."""

import fcntl
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from .version import ReproductionError

DVC_LOCK = Path(__file__).with_name("dvc.txt")
UV = Path(sys.executable).with_name("uv")
PYTHON = "3.11"
TAIL = 15


def make_environment(folder: Path, lock: Path, python: str = PYTHON) -> Path:
    """A new environment at `folder` with the packages of `lock`, each checked by its hash; returns its Python.

    Packages come from uv's cache where it has them. Raises ReproductionError with what uv said.
    """
    _run([str(UV), "venv", "--quiet", "--python", python, str(folder)])
    program = folder / "bin" / "python"
    _run([str(UV), "pip", "sync", "--quiet", "--require-hashes", "--python", str(program), str(lock)])
    return program


def dvc_program(cache: Path | None = None) -> Path:
    """DVC's command line, installed once for each lock in the user's cache. Raises ReproductionError."""
    return cached_environment(DVC_LOCK, cache or _cache()) / "bin" / "dvc"


def cached_environment(tool_lock: Path, cache: Path) -> Path:
    """The environment of `tool_lock` below `cache`, made once for each content. Raises ReproductionError."""
    folder = cache / sha256(tool_lock.read_bytes()).hexdigest()[:16]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel gives it back when its holder dies
        # The mark is written last: an environment without it is half made.
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            make_environment(folder, tool_lock)
            (folder / "complete").touch()
    return folder


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lakeloop" / "dvc"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL:])
        raise ReproductionError(f"{' '.join(command[:3])} ended with status {done.returncode}:\n{said}")
