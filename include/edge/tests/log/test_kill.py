"""kill -9 at any moment: each row is in the log once, and the counters say the same."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from edgescorer.errors import LogError
from edgescorer.log.files import only_one
from edgescorer.log.folder import Folder
from edgescorer_testing import ROOT, command, drift, expected, logged, rows, run, write_rows

ROWS, KILLS = 4_000, 5


def size(log: Path) -> int:
    """Bytes of all segments; one that moves meanwhile is looked for again later."""
    try:
        return sum(file.stat().st_size for file in log.glob("**/*") if file.is_file())
    except FileNotFoundError:
        return 0


def test_each_row_is_logged_once_whenever_the_runner_is_killed(model: Path, tmp_path: Path) -> None:
    content, log = rows(ROWS), tmp_path / "log"
    source = write_rows(tmp_path / "rows.jsonl", content)
    small = ["--commit-rows", "20", "--segment-rows", "400", "--fsync", "never"]
    arguments: list[str | Path] = [
        "run",
        "--model",
        model,
        "--in",
        source,
        "--log",
        log,
        "--key",
        "id",
        *small,
    ]
    killed = 0
    for _ in range(KILLS):
        before = size(log)
        process = subprocess.Popen(command(*arguments), env={**os.environ, "PYTHONPATH": str(ROOT)})
        while process.poll() is None and size(log) < before + 40_000:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL

    done = run(*arguments)

    assert done.returncode == 0, done.stderr
    assert killed >= KILLS / 2
    told = sorted(logged(log), key=lambda one: int(one["row"]))
    assert [one["row"] for one in told] == list(range(1, ROWS + 1))
    assert [one["score"] for one in told] == [expected(row) for row in content]
    assert sum(one["rows"] for one in drift(log)) == ROWS
    assert not list(Folder(log).open.iterdir())


def test_what_follows_the_last_commit_is_cut_off(model: Path, tmp_path: Path) -> None:
    """Whatever length a power cut leaves of a segment."""
    from edgescorer.drift import Counters
    from edgescorer.log.log import Log
    from edgescorer.log.segment import Position, close, read_positions
    from edgescorer.model import read_model

    loaded = read_model(model)
    first = Folder(tmp_path / "first").make()
    log = Log(first, loaded, "never", 100)
    for number in (1, 2):
        log.append([{"row": number}], "source", Position(number, number, "x"), Counters(loaded))
    [file] = first.open.iterdir()
    content = file.read_bytes()
    ends = [at + 1 for at, byte in enumerate(content) if byte == ord("\n")]  # head, row, commit, row, commit
    around = {end + step for end in [0, *ends] for step in (-1, 0, 1, 40)}
    for length in sorted(around & set(range(len(content) + 1))):
        folder = Folder(tmp_path / f"cut-{length}").make()
        (folder.open / file.name).write_bytes(content[:length])

        close(folder, folder.open / file.name)

        whole = (length >= ends[2]) + (length >= ends[4])
        assert [one["row"] for one in logged(folder.root)] == [1, 2][:whole]
        assert [one.rows for one in read_positions(folder.positions).values()] == [1, 2][:whole][-1:]


def test_one_process_logs_to_a_folder_at_a_time(model: Path, tmp_path: Path) -> None:
    source, log = write_rows(tmp_path / "rows.jsonl", rows(1)), tmp_path / "log"
    with only_one(log / "run.lock", "logs to"):
        done = run("run", "--model", model, "--in", source, "--log", log, "--key", "id")
        with pytest.raises(LogError, match="another process logs to"), only_one(log / "run.lock", "logs to"):
            pass

    assert done.returncode == 1
    assert "another process logs to" in done.stderr
