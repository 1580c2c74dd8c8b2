"""Environments of their own for programs whose versions are not the project's, made once and kept."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "lakeloop"


class NotInstallableError(Exception):
    """Its packages cannot be had; the text says why."""


def python_with(name: str, *packages: str) -> Path:
    """The interpreter of an environment with exactly these packages (pins) and what they need.

    Raises NotInstallableError with the last line of uv's complaint, when the index cannot be reached for one.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    key = hashlib.blake2b(" ".join((version, *packages)).encode(), digest_size=6).hexdigest()
    place = CACHE / name / key
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        _uv("venv", "-q", "--python", sys.executable, str(place))
        _uv("pip", "install", "-q", "--python", str(place / "bin" / "python"), *packages)
        (place / "complete").touch()
    return place / "bin" / "python"


def _uv(*arguments: str) -> None:
    found = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    try:
        done = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstallableError(f"uv cannot be run: {error}") from None
    if done.returncode:
        raise NotInstallableError(
            done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "uv failed"
        )
