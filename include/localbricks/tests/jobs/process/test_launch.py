"""The process of a task: its exit code is known whoever asks, and nothing of it stays behind."""

import os
import signal
import sys
import threading
from pathlib import Path

import psutil
import pytest

from localbricks.jobs.process.launch import TaskProcess, ended_at, exit_code
from localbricks_testing.waiting import wait_until
from localbricks_testing.workspace import is_alive


def prepare(folder: Path, code: str) -> TaskProcess:
    return TaskProcess.prepare([sys.executable, "-c", code], folder, folder, os.environ)


def run(folder: Path, code: str) -> int | None:
    process = prepare(folder, code)
    process.go()
    process.wait()
    return exit_code(folder)


@pytest.mark.parametrize(
    ("code", "expected"),
    [("", 0), ("import sys; sys.exit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -9)],
)
def test_the_exit_code_is_written_down(tmp_path: Path, code: str, expected: int) -> None:
    assert run(tmp_path, code) == expected
    assert ended_at(tmp_path) is not None


def test_output_and_errors_go_to_the_log_and_stdin_is_empty(tmp_path: Path) -> None:
    run(tmp_path, "import sys; print(repr(sys.stdin.read())); print('bad', file=sys.stderr)")
    assert sorted((tmp_path / "output.log").read_text().split()) == ["''", "bad"]


def test_nothing_runs_before_go(tmp_path: Path) -> None:
    process = prepare(tmp_path, "open('ran', 'w')")
    process.abandon()
    assert not (tmp_path / "ran").exists()
    assert exit_code(tmp_path) is None


def test_a_command_that_does_not_exist_says_so(tmp_path: Path) -> None:
    process = TaskProcess.prepare(["/no/such/program"], tmp_path, tmp_path, os.environ)
    process.go()
    process.wait()
    assert exit_code(tmp_path) == 127
    assert "/no/such/program cannot be started: No such file" in (tmp_path / "output.log").read_text()


GRANDCHILD = """
import os, signal, subprocess, sys, time
code = "import signal, time; {ignore} time.sleep(600)"
process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
open("draft", "w").write(str(process.pid))
os.rename("draft", "pid")
{then}
"""
IGNORE = "signal.signal(signal.SIGTERM, signal.SIG_IGN);"


def noted_pid(folder: Path) -> int:
    return int(wait_until(lambda: (folder / "pid").exists() and (folder / "pid").read_text(), "a pid"))


def test_what_a_command_leaves_behind_is_ended_with_it(tmp_path: Path) -> None:
    assert run(tmp_path, GRANDCHILD.format(ignore="", then="")) == 0
    assert not is_alive(noted_pid(tmp_path))


@pytest.mark.parametrize("ignore", ["", IGNORE])
def test_stop_ends_grandchildren_of_other_sessions_too(tmp_path: Path, ignore: str) -> None:
    deaf = "signal.signal(signal.SIGTERM, lambda *_: None); time.sleep(600); time.sleep(600)"
    process = prepare(tmp_path, GRANDCHILD.format(ignore=ignore, then=deaf))
    process.go()
    pid = noted_pid(tmp_path)
    stopper = threading.Thread(target=process.stop, args=[0.3])
    stopper.start()
    process.wait()
    stopper.join()
    assert not is_alive(pid)
    assert exit_code(tmp_path) == -9


def test_a_command_may_end_politely(tmp_path: Path) -> None:
    code = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(5)); open('ready', 'w'); time.sleep(600)"
    process = prepare(tmp_path, code)
    process.go()
    wait_until(lambda: (tmp_path / "ready").exists(), "the handler")
    process.stop(5)
    process.wait()
    assert exit_code(tmp_path) == 5


def test_a_killed_launcher_takes_its_command_with_it(tmp_path: Path) -> None:
    note_pid = "open('draft', 'w').write(str(os.getpid())); os.rename('draft', 'pid')"
    process = prepare(tmp_path, f"import os, time; {note_pid}; time.sleep(600)")
    process.go()
    pid = noted_pid(tmp_path)
    process.process.send_signal(signal.SIGKILL)
    process.wait()
    wait_until(lambda: not is_alive(pid), "the end of the command")
    assert exit_code(tmp_path) is None


def test_a_process_is_found_again_but_not_one_with_its_pid(tmp_path: Path) -> None:
    process = prepare(tmp_path, "")
    pid, created = process.identity
    assert TaskProcess.find(pid, created) is not None
    assert TaskProcess.find(pid, created - 60) is None
    process.go()
    process.wait()
    assert TaskProcess.find(pid, created) is None
    assert not psutil.pid_exists(pid)
