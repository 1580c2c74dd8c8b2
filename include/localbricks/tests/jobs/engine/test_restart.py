"""A workspace that is killed and started again: runs go on, or end with the reason."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from localbricks_testing.waiting import wait_until
from localbricks_testing.workspace import is_alive, task_of

TOKEN = "secret-token"
WAIT_FOR_FILE = """
import os, sys, time
print('started', os.getpid(), flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
print('seen')
sys.exit(4)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """`python -m localbricks` on a port of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        variables = {
            "LOCALBRICKS_STATE": str(self.folder / "state"),
            "LOCALBRICKS_TOKEN": TOKEN,
            "LOCALBRICKS_JARS": str(self.folder / "jars"),
            "LOCALBRICKS_CATALOG_JAR": str(self.folder / "catalog.jar"),
            "LOCALBRICKS_WAREHOUSE": "s3a://lake/warehouse",
            "LOCALBRICKS_PORT": str(self.port),
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "localbricks"],
                env=os.environ | variables,
                cwd=Path(__file__).parents[3],
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, f"the server: {(self.folder / 'server.log').read_text()}")

    def stop(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(20)

    def call(self, method: str, route: str, **body: Any) -> dict[str, Any]:
        arguments: dict[str, Any] = {"params": body} if method == "GET" else {"json": body}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = httpx.request(method, f"{self.url}/api/2.2/jobs/{route}", headers=headers, **arguments)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def run(self, run_id: int) -> dict[str, Any]:
        return self.call("GET", "runs/get", run_id=run_id)

    def logs(self, run_id: int) -> str:
        return str(self.call("GET", "runs/get-output", run_id=run_id)["logs"])

    def ended(self, run_id: int) -> dict[str, Any]:
        def run_if_ended() -> dict[str, Any] | None:
            run = self.run(run_id)
            return run if run["status"]["state"] == "TERMINATED" else None

        return dict(wait_until(run_if_ended, f"the end of run {run_id}"))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health").status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    if server.process is not None and server.process.poll() is None:
        for run in server.call("GET", "runs/list", active_only=True)["runs"]:
            server.call("POST", "runs/cancel", run_id=run["run_id"])
        server.stop(signal.SIGTERM)


def start_waiting(server: Server, **fields: Any) -> tuple[int, int]:
    """Submit a run whose task waits for the file ``go`` and then exits 4; returns the run's id and the task's pid."""
    script = server.folder / "wait.py"
    script.write_text(WAIT_FOR_FILE)
    own = {"python_file": f"file:{script}", "parameters": [str(server.folder / "go")]}
    after = {
        "task_key": "b",
        "depends_on": [{"task_key": "a"}],
        "run_if": "ALL_DONE",
        "spark_python_task": own,
    }
    task = {"task_key": "a", "spark_python_task": own, **fields}
    run_id = server.call("POST", "runs/submit", tasks=[task, after])["run_id"]
    first = server.run(run_id)["tasks"][0]["run_id"]
    text = wait_until(
        lambda: server.logs(first).partition("started")[2].partition("\n")[0], "the task's start"
    )
    return run_id, int(text)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_task_that_goes_on_is_taken_up_again(server: Server, number: int) -> None:
    run_id, pid = start_waiting(server)
    server.stop(number)
    assert is_alive(pid)
    server.start()
    assert server.run(run_id)["state"]["life_cycle_state"] == "RUNNING"
    (server.folder / "go").touch()
    run = server.ended(run_id)
    task = task_of(run, "a")
    assert (task["state"]["result_state"], task["attempt_number"]) == ("FAILED", 0)
    assert server.logs(task["run_id"]).count("started") == 1
    assert "exit code 4" in task["state"]["state_message"]
    assert task_of(run, "b")["start_time"] >= task["end_time"]


def test_a_task_that_ended_meanwhile_keeps_its_exit_code_and_time(server: Server) -> None:
    run_id, pid = start_waiting(server)
    server.stop(signal.SIGKILL)
    (server.folder / "go").touch()
    wait_until(lambda: not is_alive(pid), "the end of the task")
    (file,) = wait_until(lambda: list(server.folder.glob("state/runs/*/exit_code")), "its exit code")
    os.utime(file, (1_500_000_000, 1_500_000_000))
    server.start()
    task = task_of(server.ended(run_id), "a")
    assert "exit code 4" in task["state"]["state_message"]
    assert task["end_time"] == 1_500_000_000_000


def test_a_task_that_is_gone_ends_in_an_internal_error(server: Server) -> None:
    run_id, pid = start_waiting(server)
    launcher = psutil.Process(pid).parent()
    assert launcher is not None
    server.stop(signal.SIGKILL)
    launcher.kill()
    wait_until(lambda: not is_alive(pid), "the end of the task")
    (server.folder / "go").touch()
    server.start()
    task = task_of(server.ended(run_id), "a")
    assert task["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    assert "is gone and left no exit code" in task["state"]["state_message"]


def test_another_process_with_the_same_pid_is_not_mistaken_for_the_task(server: Server) -> None:
    run_id, pid = start_waiting(server)
    launcher = psutil.Process(pid).parent()
    assert launcher is not None
    server.stop(signal.SIGKILL)
    launcher.kill()
    wait_until(lambda: not is_alive(pid), "the end of the task")
    with sqlite3.connect(server.folder / "state" / "jobs.db") as db:
        db.execute("UPDATE task_runs SET pid = ? WHERE pid IS NOT NULL", [os.getpid()])
    (server.folder / "go").touch()
    server.start()
    assert task_of(server.ended(run_id), "a")["state"]["life_cycle_state"] == "INTERNAL_ERROR"


def test_a_task_that_is_taken_up_can_be_cancelled(server: Server) -> None:
    run_id, pid = start_waiting(server)
    server.stop(signal.SIGKILL)
    server.start()
    server.call("POST", "runs/cancel", run_id=run_id)
    assert server.ended(run_id)["state"]["result_state"] == "CANCELED"
    assert not is_alive(pid)


def test_a_timeout_counts_on(server: Server) -> None:
    run_id, pid = start_waiting(server, timeout_seconds=600)
    server.stop(signal.SIGKILL)
    with sqlite3.connect(server.folder / "state" / "jobs.db") as db:
        db.execute("UPDATE task_runs SET start_time = start_time - 601000 WHERE pid IS NOT NULL")
    server.start()
    wait_until(lambda: not is_alive(pid), "the end of the task")
    (server.folder / "go").touch()
    assert task_of(server.ended(run_id), "a")["state"]["result_state"] == "TIMEDOUT"


def test_ended_runs_and_jobs_are_still_there(server: Server) -> None:
    job_id = server.call("POST", "create", name="kept")["job_id"]
    run_id, _ = start_waiting(server)
    (server.folder / "go").touch()
    before = server.ended(run_id)
    server.stop(signal.SIGTERM)
    server.start()
    assert server.run(run_id) == before
    assert server.call("GET", "get", job_id=job_id)["settings"]["name"] == "kept"


def test_the_token_is_in_no_file(server: Server) -> None:
    run_id, _ = start_waiting(server)
    (server.folder / "go").touch()
    server.ended(run_id)
    for path in server.folder.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path
