"""End the Python daemons that Spark does not use any more.

Spark starts a daemon (30 to 110 MB), which forks Python workers, for each session that runs Python code, data sources
included, and ends idle workers after a minute, but a daemon only with the server: a stack that ingests every night
would grow without end. A session whose daemon is gone gets another one
(``PythonWorkerFactory.createThroughDaemon`` restarts a daemon that it cannot connect to).
"""

import time
from contextlib import suppress

import psutil

EVERY_SECONDS = 30.0
DAEMON = "pyspark.daemon"


def end_idle_daemons(server: int, every_seconds: float = EVERY_SECONDS) -> None:
    """Watch the server's daemons until it ends; one without a worker at two looks in a row is ended."""
    idle: set[psutil.Process] = set()
    while psutil.pid_exists(server):
        now = idle_daemons(server)
        for daemon in now & idle:
            with suppress(psutil.NoSuchProcess):
                daemon.terminate()
        idle = now - idle
        time.sleep(every_seconds)


def idle_daemons(server: int) -> set[psutil.Process]:
    """The daemons of a Spark server that have no worker now."""
    try:
        children = psutil.Process(server).children()
    except psutil.NoSuchProcess:
        return set()
    return {child for child in children if _idle_daemon(child)}


def _idle_daemon(process: psutil.Process) -> bool:
    try:
        return DAEMON in process.cmdline() and not process.children()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False
