"""Where the servers for tests come from."""

import contextlib
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

CACHE = Path.home() / ".cache" / "lakeloop" / "redis" / "tests"
PACKAGES = (
    "redis-server redis-tools liblzf1 libjemalloc2 libatomic1 lua-cjson lua-bitop liblua5.1-0 libhiredis0.14"
)


@cache
def redis_server() -> tuple[str, str]:
    """The program and the folder of its libraries: from $PATH, or Debian's, unpacked below the cache. Skips without."""
    if found := shutil.which("redis-server"):
        return found, ""
    program = CACHE / "usr" / "bin" / "redis-check-rdb"  # redis-server is a link to it, by an absolute path
    if not program.exists():
        _unpack()
    return str(program), ":".join(str(folder) for folder in (CACHE / "usr" / "lib").glob("*-linux-gnu"))


def _unpack() -> None:
    """Makes the cache whole or not at all, also where two test runs do it at the same time."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        pytest.skip("no redis-server in $PATH, and no apt-get to fetch Debian's: install redis-server")
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE.parent) as made:
        downloads, unpacked = Path(made) / "packages", Path(made) / "unpacked"
        downloads.mkdir()
        try:
            _run("apt-get", "download", *PACKAGES.split(), folder=downloads)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no redis-server in $PATH, and Debian's cannot be had: {error.stderr[-200:]}")
        for package in downloads.glob("*.deb"):
            _run("dpkg", "-x", str(package), str(unpacked), folder=downloads)
        with contextlib.suppress(OSError):  # another run was faster
            unpacked.rename(CACHE)


def _run(*command: str, folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=120)


@cache
def postgres_folder() -> Path:
    """The folder of initdb and postgres: of $PATH, or Debian's. Skips without."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        pytest.skip("no initdb in $PATH nor below /usr/lib/postgresql: install postgresql")
    return installed[-1].parent
