"""The request log has what was asked and answered, and holds up nobody."""

import json
import os
import time
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from oipscorer.counters.layout import LOG_DROPPED, LOG_FAILED, LOG_WRITTEN, SIZE
from oipscorer.models.loading import load_version
from oipscorer.models.version import Version
from oipscorer.requestlog.files import LogFiles
from oipscorer.requestlog.log import RequestLog
from oipscorer.requestlog.records import Scored
from oipscorer.requestlog.settings import LogSettings
from oipscorer_testing.models import frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.server import Server

ROWS = frame(3, seed=12)


@pytest.fixture(scope="module")
def scored(folders: Path, boosters: Any) -> Scored:
    version: Version = load_version("churn", "1", folders / "churn-1", missing=True)
    matrix = ROWS.to_numpy("float32")
    return Scored(12.5, 0.001, version, "42", "key-1", matrix, version.score(matrix))


@pytest.fixture
def counts() -> "memoryview[float]":
    return memoryview(bytearray(8 * SIZE)).cast("d")


def records(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()
    ]


def test_a_record_has_the_features_as_they_were_seen(scored: Scored) -> None:
    matrix = scored.matrix.copy()
    matrix[0, 0] = np.nan
    told = json.loads(Scored(12.5, 0.001, scored.version, None, 7, matrix, scored.scores).encoded())

    assert told["rows"][0][0] is None
    assert np.array_equal(np.array(told["rows"][1:], dtype=np.float32), matrix[1:])
    assert np.array_equal(np.float32(told["scores"]), scored.scores)
    assert len(str(told["rows"][1][0])) < 14  # 0.1 and not 0.10000000149011612
    assert (told["columns"], told["sticky_key"], told["id"]) == (list(ROWS.columns), 7, None)


def test_every_answer_of_a_server_is_logged_by_all_its_workers(
    start: Any, folders: Path, tmp_path: Path
) -> None:
    server: Server = start("--model", f"churn={folders}/churn-1@1", "--log", str(tmp_path), "--workers", "2")
    answers = [
        server.infer(by_column(ROWS, id=str(number), parameters={"sticky_key": number})).json()
        for number in range(50)
    ]
    assert server.infer({"inputs": []}).status_code == 400

    server.close()

    logged = {record["id"]: record for record in records(tmp_path)}
    assert set(logged) == {str(number) for number in range(50)}
    for answer in answers:
        record = logged[answer["id"]]
        assert np.array_equal(np.float32(record["scores"]), np.float32(answer["outputs"][0]["data"]))
        assert np.array_equal(np.float32(record["rows"]), ROWS.to_numpy("float32"))
        assert (record["version"], record["sticky_key"]) == ("1", int(answer["id"]))
        assert 0 < record["latency_seconds"] < 30
        assert abs(record["time"] - time.time()) < 600


def test_what_the_queue_cannot_hold_is_dropped_and_counted(
    scored: Scored, counts: "memoryview[float]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Event()
    write = LogFiles.write
    monkeypatch.setattr(LogFiles, "write", lambda *given: held.wait(30) and write(*given))
    log = RequestLog(LogSettings(tmp_path, capacity=10), "worker-0", counts)

    for _ in range(1000):
        log.offer(scored)
    held.set()
    log.close()

    assert counts[LOG_DROPPED] > 700  # what was written in one go at first, and what then waited, is not
    assert counts[LOG_DROPPED] + counts[LOG_WRITTEN] == 1000
    assert len(records(tmp_path)) == counts[LOG_WRITTEN]


def test_a_share_is_logged(scored: Scored, counts: "memoryview[float]", tmp_path: Path) -> None:
    log = RequestLog(LogSettings(tmp_path, share=0.2, capacity=10_000), "worker-0", counts)

    for _ in range(2000):
        log.offer(scored)
    log.close()

    assert abs(len(records(tmp_path)) - 400) < 5 * (2000 * 0.2 * 0.8) ** 0.5


def test_files_are_rotated_and_the_oldest_removed(tmp_path: Path) -> None:
    files = LogFiles(tmp_path, "worker-0", size=100, kept=3)

    for number in range(100):
        files.write([b'{"number": %d}\n' % number])
    files.close()

    found = sorted(tmp_path.glob("*.jsonl"))
    assert len(found) == 4
    assert all(file.stat().st_size <= 100 for file in found)
    numbers = sorted(record["number"] for record in records(tmp_path))
    assert numbers == list(range(numbers[0], 100))


def test_a_disk_that_is_full_fails_no_request_and_leaves_no_half_line(
    scored: Scored, counts: "memoryview[float]", tmp_path: Path
) -> None:
    log = RequestLog(LogSettings(tmp_path), "worker-0", counts)
    assert log._files is not None
    os.dup2(os.open("/dev/full", os.O_WRONLY), log._files._descriptor)

    log.offer(scored)
    while counts[LOG_FAILED] != 1:
        time.sleep(0.01)
    log.close()

    assert (counts[LOG_WRITTEN], records(tmp_path)) == (0, [])
