"""What a task printed, and the reason of its failure."""

import json
import os
import sys
from pathlib import Path

import pytest

from localbricks.jobs.process import output

TRACE = """before
Traceback (most recent call last):
  File "a.py", line 1, in <module>
    f()
ValueError: no rows
for household 3
24/01/01 WARN Later: line
"""


def test_the_end_of_a_long_log_is_returned(tmp_path: Path) -> None:
    assert output.logs(tmp_path) == ("", False)
    (tmp_path / "output.log").write_text("x" * 10 + "end")
    assert output.logs(tmp_path, limit=5) == ("xxend", True)
    assert output.logs(tmp_path) == ("x" * 10 + "end", False)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has holes in files")
def test_a_log_that_grows_keeps_its_end_and_gives_the_disk_its_beginning_back(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    with log.open("ab") as writer:
        writer.write(b"x" * 8_000_000)
        writer.flush()
        os.fsync(writer.fileno())
        output.bound(tmp_path, kept=1_000_000)
        writer.write(b"the end")
    assert log.stat().st_blocks * 512 < 3_000_000
    assert log.stat().st_size == 8_000_007
    assert output.logs(tmp_path, limit=10) == ("xxxthe end", True)


def test_a_short_log_is_left_alone(tmp_path: Path) -> None:
    output.bound(tmp_path)
    (tmp_path / "output.log").write_text("all of it")
    output.bound(tmp_path, kept=2)
    assert output.logs(tmp_path) == ("all of it", False)


def test_a_failure_names_the_exception_and_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_text(TRACE)
    assert output.failure(tmp_path, 1) == "ValueError: no rows (exit code 1)"
    assert output.error_trace(tmp_path).startswith("Traceback (most recent call last):\n  File")


def test_a_failure_without_a_traceback_shows_the_last_line(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_text("loading\nno champion yet\n")
    assert output.failure(tmp_path, 3) == (
        "The task's process ended with exit code 3; it last printed: no champion yet"
    )
    assert output.failure(tmp_path, -9).startswith("The task's process ended with signal SIGKILL")


def test_a_notebook_says_itself_what_went_wrong(tmp_path: Path) -> None:
    result = {"result": None, "truncated": False, "error": "KeyError: 'x'", "error_trace": "cell 3 ..."}
    (tmp_path / "result.json").write_text(json.dumps(result))
    assert output.failure(tmp_path, 1) == "KeyError: 'x'"
    assert output.error_trace(tmp_path) == "cell 3 ..."
