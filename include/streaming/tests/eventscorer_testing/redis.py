"""A Redis server of the tests' own."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis, RedisError

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lakeloop" / "redis"


def server() -> tuple[str, dict[str, str]]:
    """The program and its environment. Raises FileNotFoundError which says how it comes here."""
    if program := shutil.which("redis-server"):
        return program, {}
    for root in CACHE.glob("*/usr"):
        libraries = ":".join(str(path) for path in (root / "lib").glob("*-linux-*"))
        return str(root / "bin" / "redis-server"), {"LD_LIBRARY_PATH": libraries}
    raise FileNotFoundError(
        f"no redis-server on PATH or in {CACHE}: run `lakeloop up --realtime` once, or install it"
    )


@contextmanager
def redis_in(folder: Path) -> Iterator[str]:
    """Address of a server on a socket in the folder; it ends with the block."""
    program, environment = server()
    socket = folder / "redis.sock"
    options = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no")
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(
            [program, *options], cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=log
        )
    try:
        _wait(socket)
        yield f"unix://{socket}"
    finally:
        process.kill()
        process.wait()


def _wait(socket: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with Redis(unix_socket_path=str(socket)) as client:
                client.ping()
                return
        except RedisError:
            time.sleep(0.02)
    raise AssertionError("Redis did not answer within 20 s")
