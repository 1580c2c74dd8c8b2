"""Who follows a state is known by a lock, which the kernel gives back when its process ends."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from msgspec.structs import replace

from oipscorer.state.folder import StateFolder
from oipscorer.state.members import Member, peers, sweep

HANG = """
import sys, time
from pathlib import Path
from oipscorer.state.folder import StateFolder
from oipscorer.state.members import Member
member = Member(StateFolder(Path(sys.argv[1])), "worker", "other")
print("here", flush=True)
time.sleep(100)
"""


def test_a_member_is_seen_with_what_it_says_until_it_leaves(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    member = Member(state, "follower", "consumer")
    member.say(replace(member.taken, generation=7, tried={"a/1": "too large"}))

    (peer,) = peers(state)
    assert (taken := peer.taken()) is not None
    assert (taken.name, taken.kind, taken.pid, taken.generation) == ("consumer", "follower", os.getpid(), 7)
    assert taken.tried == {"a/1": "too large"}
    member.close()

    assert peers(state) == []
    assert list(state.members.iterdir()) == []


def test_a_sign_wakes_a_member_however_many_come(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    member = Member(state, "worker", "one")
    (peer,) = peers(state)

    for _ in range(70_000):  # a pipe holds 65,536
        peer.wake()

    member.wait(30)
    member.wait(0)
    assert select.select([member.wake], [], [], 0)[0] == []
    member.close()


def test_a_process_that_is_killed_is_no_member_and_leaves_nothing(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    other = subprocess.Popen([sys.executable, "-c", HANG, str(tmp_path)], stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline()
    (peer,) = peers(state)

    peer.end()

    assert other.wait(30) == -signal.SIGKILL
    assert peers(state) == []
    assert peer.folder.exists()
    sweep(state)
    assert not peer.folder.exists()
