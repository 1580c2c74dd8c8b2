"""Whatever happens on the way, each segment arrives once, whole, under its name."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgescorer.errors import SyncError
from edgescorer.sync.destinations import destination_of
from edgescorer.sync.sending import send
from edgescorer_testing import ROOT, records, run

FILES = 10  # scores and drift of five segments
# Runs the command and dies, by a signal that cannot be caught, at the Nth call of a function of the operating system.
DIES = """
import os, sys
from pathlib import Path
from edgescorer.command import main
name, left = sys.argv[1], int(sys.argv[2])
real = getattr(Path, name)
def dying(self, *arguments, **named):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), 9)
    return real(self, *arguments, **named)
setattr(Path, name, dying)
main(sys.argv[3:])
"""


def arrived(folder: Path) -> list[int]:
    return sorted(one["keys"]["id"] for file in folder.glob("scores/[!.]*") for one in records(file))


def in_bucket(s3: Any, prefix: str) -> dict[str, bytes]:
    found = s3.list_objects_v2(Bucket="landing", Prefix=prefix).get("Contents", [])
    return {item["Key"]: s3.get_object(Bucket="landing", Key=item["Key"])["Body"].read() for item in found}


def test_segments_arrive_in_a_folder_and_are_sent_once(log: Path, tmp_path: Path) -> None:
    to = tmp_path / "landing zone"

    first = run("sync", "--log", log, "--to", to.as_uri())
    again = run("sync", "--log", log, "--to", to.as_uri())

    assert (first.returncode, first.stderr) == (0, f"sent {FILES} files, 0 had arrived before\n")
    assert again.stderr == "sent 0 files, 0 had arrived before\n"
    assert arrived(to) == list(range(100))
    assert len(list(to.glob("drift/*.json"))) == 5
    assert len(list(log.glob("sent/*/*"))) == FILES
    assert not list(log.glob("closed/*/*"))


def test_segments_arrive_in_a_bucket_with_their_bytes(log: Path, s3: Any) -> None:
    closed = {f"edge/{file.parent.name}/{file.name}": file.read_bytes() for file in log.glob("closed/*/*")}

    done = run("sync", "--log", log, "--to", "s3://landing/edge/")

    assert (done.returncode, done.stderr) == (0, f"sent {FILES} files, 0 had arrived before\n")
    assert in_bucket(s3, "edge/") == closed


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("rename", 1),
        ("rename", 2),
        ("rename", 3),
        ("rename", 4),
        ("exists", 3),
        ("open", 2),
        ("open", 5),
        ("read_bytes", 2),
    ],
)
def test_a_kill_anywhere_loses_nothing_and_doubles_nothing(
    log: Path, tmp_path: Path, name: str, call: int
) -> None:
    to = tmp_path / "landing"
    arguments = ["sync", "--log", str(log), "--to", to.as_uri()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    dead = subprocess.run([sys.executable, "-c", DIES, name, str(call), *arguments], env=environment)
    assert dead.returncode == -signal.SIGKILL

    done = run(*arguments)

    assert done.returncode == 0, done.stderr
    assert arrived(to) == list(range(100))
    assert len(list(to.glob("drift/[!.]*"))) == 5
    assert not list(log.glob("closed/*/*"))


def test_what_arrived_before_a_kill_is_recognised(log: Path, s3: Any) -> None:
    """The object was put, and the process died before it moved its file."""
    file = min(log.glob("closed/scores/*"))
    s3.put_object(Bucket="landing", Key=f"edge/scores/{file.name}", Body=file.read_bytes())

    sent = send(log, destination_of("s3://landing/edge"))

    assert (sent.now, sent.before) == (FILES - 1, 1)


@pytest.mark.parametrize("kind", ["file", "s3"])
def test_other_bytes_under_a_name_are_left_and_nothing_is_lost(
    log: Path, s3: Any, tmp_path: Path, kind: str
) -> None:
    last = max(log.glob("closed/scores/*")).name
    if kind == "s3":
        s3.put_object(Bucket="landing", Key=f"x/scores/{last}", Body=b"other")
        uri = "s3://landing/x"
    else:
        (tmp_path / "x" / "scores").mkdir(parents=True)
        (tmp_path / "x" / "scores" / last).write_bytes(b"other")
        uri = (tmp_path / "x").as_uri()

    with pytest.raises(SyncError, match=rf"{last} has the sha256 \w+, the segment \w+: it was left as it is"):
        send(log, destination_of(uri))

    assert len(list(log.glob("closed/*/*"))) == 6
    assert len(list(log.glob("sent/*/*"))) == 4


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("landing", "landing is no destination, expected file:///folder or s3://bucket/prefix"),
        ("file://landing", "is no destination"),
        ("s3://", "is no destination"),
        ("s3://gone/x", "s3://gone/x/scores/.* cannot be written: .*NoSuchBucket"),
        ("file:///dev/null/x", "/dev/null/x/scores/.* cannot be written"),
    ],
)
def test_a_destination_that_cannot_be_used_is_named(log: Path, s3: Any, uri: str, said: str) -> None:
    with pytest.raises(SyncError, match=said):
        send(log, destination_of(uri))
    assert len(list(log.glob("closed/*/*"))) == FILES


def test_a_folder_that_is_no_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SyncError, match="is no log; expected the folder"):
        send(tmp_path / "gone", destination_of(tmp_path.as_uri()))
