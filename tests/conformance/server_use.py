"""What the workspace and its Spark server hold of the machine: memory, threads, files of results."""

import os
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

MIB = 2**20


@dataclass(frozen=True)
class Use:
    """What one process holds; `results` are the open files of results that clients have not fetched."""

    memory: int
    threads: int
    results: int

    def __str__(self) -> str:
        return f"{self.memory / MIB:.0f} MiB, {self.threads} threads, {self.results} result files"


def workspace(stack: dict[str, str]) -> psutil.Process:
    """The process that answers at DATABRICKS_HOST."""
    return listener(urlsplit(stack["DATABRICKS_HOST"]).port or 0)


def spark(stack: dict[str, str]) -> psutil.Process:
    """The Spark Connect server."""
    return listener(urlsplit(stack["SPARK_REMOTE"]).port or 0)


def listener(port: int) -> psutil.Process:
    """The process that listens on a port."""
    listening = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    return next(psutil.Process(c.pid) for c in listening if tuple(c.laddr)[1:] == (port,))


def use(process: psutil.Process) -> Use:
    """What it holds now."""
    return Use(process.memory_info().rss, process.num_threads(), _results(process.pid))


def _results(pid: int) -> int:
    """Files of the spool have no name any more, and are open as long as their result is kept."""
    folder, found = f"/proc/{pid}/fd", 0
    for number in os.listdir(folder):
        with suppress(OSError):  # closed since it was listed
            found += "/spool/" in os.readlink(f"{folder}/{number}")
    return found
