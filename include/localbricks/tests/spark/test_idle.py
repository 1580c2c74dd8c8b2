"""Python daemons that Spark left behind are ended; those at work, and the sessions, are not."""

import subprocess
import sys
import threading

import psutil

from localbricks.spark.idle import end_idle_daemons
from localbricks_testing.waiting import wait_until

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
