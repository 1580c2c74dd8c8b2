"""Every process of a stack is found and ended: other sessions, other titles, deaf to SIGTERM, grandchildren."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lakeloop_stack.machine.processes import end, of_stack
from lakeloop_stack.machine.settings import ROOT

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
TITLED = "import setproctitle, time; setproctitle.setproctitle('x' * 4000); print('up', flush=True); time.sleep(600)"
PARENT = (
    "import subprocess, sys, time\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
    "print('up', flush=True)"
)
Start = Callable[[str, str], "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def run(code: str, service: str) -> subprocess.Popen[str]:
        mark = {"LAKELOOP_STACK": str(tmp_path), "LAKELOOP_SERVICE": service, "SPT_NOENV": "1"}
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, **mark},
            start_new_session=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def test_processes_are_found_by_their_mark_with_their_service(tmp_path: Path, start: Start) -> None:
    deaf, titled = start(DEAF, "s3"), start(TITLED, "airflow-scheduler")
    assert of_stack(tmp_path) == {deaf.pid: "s3", titled.pid: "airflow-scheduler"}
    assert of_stack(tmp_path / "other") == {}


def test_all_are_ended_also_the_deaf_and_the_orphaned(tmp_path: Path, start: Start) -> None:
    start(DEAF, "s3")
    start(TITLED, "airflow-scheduler")
    start(PARENT, "localbricks").wait()
    orphans = [pid for pid, service in of_stack(tmp_path).items() if service == "localbricks"]
    assert len(orphans) == 1
    began = time.monotonic()
    assert end(tmp_path, grace_seconds=1) == 3
    assert time.monotonic() - began < 10
    assert of_stack(tmp_path) == {}
    assert not psutil.pid_exists(orphans[0]) or psutil.Process(orphans[0]).status() == psutil.STATUS_ZOMBIE


def test_nothing_is_no_error(tmp_path: Path) -> None:
    assert end(tmp_path) == 0


INNER = "from pathlib import Path; from lakeloop_stack.machine.processes import end; import sys; end(Path(sys.argv[1]))"
OUTER = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]], check=True); print('alive')"


def test_a_command_does_not_end_the_shell_that_called_it(tmp_path: Path) -> None:
    """The caller carries the mark, as the shell of a task would; it goes on."""
    done = subprocess.run(
        [sys.executable, "-c", OUTER, INNER, str(tmp_path)],
        env={**os.environ, "LAKELOOP_STACK": str(tmp_path), "PYTHONPATH": str(ROOT / "include" / "stack")},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == ("alive\n", 0), done.stderr
