"""A Spark standalone cluster of real processes on loopback: a master, workers with one core each, and a driver."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from lakeloop_stack.machine.ports import free_ports
from localbricks.spark.home import lean_home, spark_home

DRIVER = Path(__file__).with_name("driver.py")
LOOPBACK = "127.0.0.1"
DEPLOY = "org.apache.spark.deploy"
EXECUTOR = "CoarseGrainedExecutorBackend"
MEMORY = "512m"
SMALL = {"SPARK_DAEMON_MEMORY": "128m", "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}


class Cluster:
    """Master and workers; what they print lies in `folder`."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        self.home = lean_home(folder / "home")
        port, page = free_ports(2)
        self.url = f"spark://{LOOPBACK}:{port}"
        self.master = self._start(
            f"{DEPLOY}.master.Master", "--host", LOOPBACK, "--port", str(port), "--webui-port", str(page)
        )
        self.workers: list[subprocess.Popen[bytes]] = []
        for _ in range(workers):
            self.add_worker()

    def add_worker(self) -> None:
        """One more worker, with one core."""
        [page] = free_ports(1)
        work = self.folder / f"work{len(self.workers)}"
        size = ("--cores", "1", "--memory", MEMORY, "--webui-port", str(page), "--work-dir", str(work))
        self.workers.append(self._start(f"{DEPLOY}.worker.Worker", "--host", LOOPBACK, *size, self.url))

    def is_training(self) -> bool:
        """Whether Python processes of two executors are connected to each other: only XGBoost's workers are."""
        ends = [self._connections(worker) for worker in self.workers]
        return any(one[0] & other[1] for one in ends for other in ends if one is not other)

    def kill_worker(self) -> None:
        """The newest worker is gone at once, and its executor with it."""
        ended = [psutil.Process(self.workers[-1].pid), *self._executors(self.workers[-1])]
        for process in ended:
            process.kill()
        self.workers.pop().wait()
        psutil.wait_procs(ended)

    def kill_executor(self) -> None:
        """The executor of the newest worker is gone at once; the worker stays, and will start another."""
        [executor] = self._executors(self.workers[-1])
        executor.kill()
        psutil.wait_procs([executor])

    def stop(self) -> None:
        """Ends all processes, each by its pid."""
        for started in (*self.workers, self.master):
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(started.pid)
                for each in (process, *process.children(recursive=True)):
                    with suppress(psutil.NoSuchProcess):
                        each.kill()
            started.wait()

    def _connections(self, worker: "subprocess.Popen[bytes]") -> tuple[set[Any], set[Any]]:
        """Own and other ends of the connections of the Python processes below a worker."""
        local, remote = set(), set()
        for executor in self._executors(worker):
            for process in _family(executor):
                with suppress(psutil.NoSuchProcess):
                    for connection in process.net_connections(kind="tcp"):
                        local.add(connection.laddr)
                        remote.add(connection.raddr or None)
        return local, remote - {None}

    def _executors(self, worker: "subprocess.Popen[bytes]") -> list[psutil.Process]:
        below = _family(psutil.Process(worker.pid))
        return [process for process in below if any(EXECUTOR in part for part in _command(process))]

    def _start(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        # exec'd by the shell script: its pid is the JVM's
        with (self.folder / "cluster.log").open("ab") as log:
            return subprocess.Popen(
                [str(self.home / "bin" / "spark-class"), name, *arguments],
                env={**clean_environment(), "SPARK_HOME": str(self.home), **SMALL},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


class Driver:
    """A process of its own that trains on the cluster; see `driver.py` for what it is asked and answers."""

    def __init__(self, cluster: Cluster, data: Path) -> None:
        self.log = (cluster.folder / "driver.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, str(DRIVER), cluster.url, str(data)],
            env={**clean_environment(), "SPARK_HOME": str(spark_home())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )

    def ask(self, **question: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """What the driver answers next; fails when it ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line)["result"])
        raise AssertionError(f"the driver ended without an answer; see {self.log.name}")

    def said(self, text: str) -> int:
        """How many lines of what it logged hold `text`."""
        lines = Path(self.log.name).read_text(encoding="utf-8").splitlines()
        return sum(text in line for line in lines)

    def stop(self) -> None:
        """Ends the driver and its JVM."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        self.process.kill()
        self.process.wait()
        self.log.close()


def _family(process: psutil.Process) -> list[psutil.Process]:
    """All below a process; none when it has ended."""
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _command(process: psutil.Process) -> list[str]:
    """Its command line; empty when it has ended, also when nobody has asked yet how (a zombie)."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def clean_environment() -> dict[str, str]:
    """This process's, without what a Spark Connect session or another Spark has left in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    roots = [path for path in sys.path if path]
    return kept | {
        "PYTHONPATH": os.pathsep.join(roots),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_NO_DAEMONIZE": "1",
    }
