"""Redis' server: where it is, and how it gets here when it is missing, without root."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

PACKAGES = ("redis-server", "redis-tools", "liblzf1", "libjemalloc2", "libatomic1")
SUMS_FILE = Path(__file__).with_name("redis.sha256")
NAME = "redis-server"


class RedisError(RuntimeError):
    """Redis' server is missing or damaged; the message says exactly what to do."""


@dataclass(frozen=True)
class RedisServer:
    """A server that can be started.

    Args:
        environment: what it needs to find its libraries.
    """

    program: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def redis_server() -> RedisServer:
    """The server on PATH, else the unpacked one. Raises RedisError where there is neither."""
    found = _installed() or _unpacked(_folder())
    if found is None:
        raise RedisError(f"Redis' server is neither on PATH nor in {_folder()}. {_advice()}")
    return found


def ensure_redis(say: Callable[[str], None]) -> RedisServer:
    """Like :func:`redis_server`, but fetches Debian's packages into the user's cache where there is none."""
    if _installed() is None and _unpacked(_folder()) is None:
        say(f"Fetching Redis ({len(PACKAGES)} Debian packages, once) into {_folder()}")
        _fetch(_folder())
    return redis_server()


def _installed() -> RedisServer | None:
    program = shutil.which(NAME)
    return RedisServer(Path(program)) if program else None


def _unpacked(folder: Path) -> RedisServer | None:
    program = folder / "usr" / "bin" / NAME
    libraries = os.pathsep.join(str(path) for path in sorted((folder / "usr" / "lib").glob("*-linux-*")))
    return RedisServer(program, {"LD_LIBRARY_PATH": libraries}) if program.exists() else None


def _folder() -> Path:
    """One for each set of recorded packages: ``${XDG_CACHE_HOME:-~/.cache}/lakeloop/redis/<digest>``."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "lakeloop" / "redis" / sha256(SUMS_FILE.read_bytes()).hexdigest()[:16]


def _fetch(final: Path) -> None:
    """Unpack beside the final place, check, then rename: an interruption leaves nothing that looks complete."""
    for program in ("apt-get", "dpkg"):
        if shutil.which(program) is None:
            raise RedisError(f"Redis cannot be fetched without {program}. {_advice()}")
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="download-", dir=final.parent) as folder:
        packages, draft = Path(folder) / "packages", Path(folder) / "root"
        packages.mkdir()
        _run(packages, "apt-get", "download", "-q", *PACKAGES)
        for package in sorted(packages.iterdir()):
            check_sum(package)
            _run(packages, "dpkg", "-x", package.name, str(draft))
        _starts(draft)
        if not final.exists():  # another process may have been faster
            draft.rename(final)


def check_sum(package: Path, sums_file: Path = SUMS_FILE) -> None:
    """Raise RedisError when the package is a recorded one and has another sum.

    A package that Debian has published since, as a security fix, is not recorded: apt has checked the sum of each
    against the signed list of its release.
    """
    sums = (line.split() for line in sums_file.read_text().splitlines())
    recorded = {name: digest for digest, name in sums}
    expected, digest = recorded.get(package.name), sha256(package.read_bytes()).hexdigest()
    if expected is not None and digest != expected:
        raise RedisError(
            f"{package.name} has the SHA-256 {digest}, expected {expected}. Nothing was kept. {_advice()}"
        )


def _starts(draft: Path) -> None:
    """It may want a library that this machine lacks."""
    server = _unpacked(draft)
    if server is None:
        raise RedisError(f"the packages have no {NAME}. {_advice()}")
    _run(draft, str(server.program), "--version", environment=server.environment)


def _run(cwd: Path, *command: str, environment: Mapping[str, str] | None = None) -> None:
    whole = {**os.environ, **(environment or {})}
    done = subprocess.run(command, cwd=cwd, env=whole, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-500:]
        raise RedisError(f"{' '.join(command)} ended with status {done.returncode}: {said}\n{_advice()}")


def _advice() -> str:
    return "Run: sudo apt-get update && sudo apt-get install -y redis-server"
