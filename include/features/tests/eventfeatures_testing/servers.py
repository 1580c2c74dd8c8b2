"""Real servers on a free port of the loopback, in a folder that goes away with them."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql
from redis import Redis
from redis.exceptions import RedisError

from .programs import postgres_folder, redis_server

PASSWORD = "open-sesame"
PATIENCE_S = 30.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def until(true: Callable[[], bool], what: str) -> None:
    """Waits for a condition."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"not within {PATIENCE_S} s: {what}"
        time.sleep(0.01)


class RedisServer:
    """Redis with a password, whose append-only file is synced with every write."""

    def __init__(self) -> None:
        self._program, self._libraries = redis_server()
        self._folder = tempfile.mkdtemp(prefix="eventfeatures-redis-")
        self.port = free_port()
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Starts it, with what its file has."""
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self._folder, "requirepass": PASSWORD}
        options |= {"appendonly": "yes", "appendfsync": "always", "save": ""}
        arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        self._process = subprocess.Popen(
            ["redis-server", *arguments],
            executable=self._program,
            env=os.environ | {"LD_LIBRARY_PATH": self._libraries},
            stdout=subprocess.DEVNULL,
        )
        until(self._answers, "redis-server answers")

    def _answers(self) -> bool:
        assert self._process.poll() is None, f"redis-server ended with {self._process.returncode}"
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def kill(self) -> None:
        """Ends it as a power failure would."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Ends it and removes its folder."""
        self.kill()
        shutil.rmtree(self._folder)


class PostgresServer:
    """PostgreSQL, run by `nobody` where the tests are root's, which it refuses."""

    def __init__(self) -> None:
        self._programs = postgres_folder()
        self._folder = Path(tempfile.mkdtemp(prefix="eventfeatures-postgres-"))
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self._folder, self._user)
        self.port = free_port()
        self.url = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres"
        self._initialise()
        self.start()

    def _initialise(self) -> None:
        program, data = str(self._programs / "initdb"), str(self._folder / "data")
        initdb = [program, "-D", data, "-U", "postgres", "-N", "-A", "trust"]
        subprocess.run(initdb, user=self._user, check=True, capture_output=True, cwd=self._folder)

    def start(self) -> None:
        """Starts it, with what its folder has."""
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._folder / "data", *arguments],
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers, "postgres answers")

    def _answers(self) -> bool:
        assert self._process.poll() is None, f"postgres ended with {self._process.returncode}"
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def new_schema(self, name: str) -> str:
        """Makes a schema."""
        with psycopg.connect(self.url) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        return name

    def stop(self) -> None:
        """Ends it at once; it recovers when it starts again."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=30)

    def close(self) -> None:
        """Ends it and removes its folder."""
        self.stop()
        shutil.rmtree(self._folder)
