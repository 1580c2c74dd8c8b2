"""Python daemons that Spark left behind are ended; those at work, and the sessions, are not."""

import subprocess
import sys
import threading
from urllib.parse import urlsplit

import psutil
import pytest

from localbricks.spark.idle import end_idle_daemons, idle_daemons
from tests.waiting import wait_until

SLEEP = "import time; time.sleep(300)"
# Stands in for the JVM: a daemon without a worker, one with a worker, and a child that is no daemon.
SERVER = f"""
import subprocess, sys, time
sleep, start = {SLEEP!r}, subprocess.Popen
busy = "import subprocess, sys; subprocess.run([sys.executable, '-c', " + repr(sleep) + "])"
idle = start([sys.executable, "-c", sleep, "pyspark.daemon"])
busy = start([sys.executable, "-c", busy, "pyspark.daemon"])
other = start([sys.executable, "-c", sleep, "pyspark.other"])
print(idle.pid, busy.pid, other.pid, flush=True)
idle.wait()
time.sleep(300)
"""


def test_only_a_daemon_without_a_worker_is_ended_and_the_watch_ends_with_the_server() -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    family: list[psutil.Process] = []
    try:
        assert server.stdout is not None
        idle, busy, other = (psutil.Process(int(pid)) for pid in server.stdout.readline().split())
        wait_until(busy.children, "the worker of the busy daemon", seconds=20)
        family = psutil.Process(server.pid).children(recursive=True)
        watch = threading.Thread(target=end_idle_daemons, args=(server.pid, 0.1), daemon=True)
        watch.start()
        wait_until(lambda: not idle.is_running(), "the end of the idle daemon", seconds=20)
        assert busy.is_running()
        assert other.is_running()
        server.kill()
        server.wait()
        watch.join(20)
        assert not watch.is_alive()
    finally:
        server.kill()
        for process in family:
            if process.is_running():
                process.kill()


@pytest.mark.timeout(300)
def test_a_session_whose_daemon_was_ended_gets_another(stack: dict[str, str]) -> None:
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import udf

    server = listener(urlsplit(stack["SPARK_REMOTE"]).port or 0)
    spark = SparkSession.builder.remote(stack["SPARK_REMOTE"]).create()
    plus_one = udf(lambda n: n + 1, "long")
    before = {child.pid for child in psutil.Process(server).children()}
    assert [row[0] for row in spark.range(2).select(plus_one("id")).collect()] == [1, 2]
    mine = {child for child in psutil.Process(server).children() if child.pid not in before}
    assert mine
    # The stack's own watch ends it: the worker after a minute, the daemon at the second look that sees none.
    wait_until(
        lambda: not any(child.is_running() for child in mine), "the end of all idle daemons", seconds=240
    )
    assert not mine & idle_daemons(server)
    assert [row[0] for row in spark.range(2).select(plus_one("id")).collect()] == [1, 2]
    spark.stop()


def listener(port: int) -> int:
    """The process that listens on a port."""
    return next(
        connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.pid
        and connection.laddr
        and connection.laddr.port == port
        and connection.status == psutil.CONN_LISTEN
    )
