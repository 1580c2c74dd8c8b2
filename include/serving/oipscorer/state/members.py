"""The processes that follow a state: each has a folder, whose lock it holds as long as it lives.

A FIFO wakes it, and a file says which generation it has taken.
"""

import os
import secrets
import select
import shutil
import signal
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from .folder import StateFolder, locked, write_atomically

Kind = Literal["worker", "follower"]
NEW = "new-"  # the folder of a process that is not a member yet
_LOCK, _WAKE, _TAKEN = "lock", "wake", "taken.json"


class Taken(Struct, frozen=True):
    """What a member says: the generation it serves, and the outcome ("" is good) of each candidate that it tried."""

    name: str
    kind: Kind
    pid: int
    generation: int = -1
    tried: dict[str, str] = {}
    failures: tuple[str, ...] = ()  # what of the generation it cannot serve

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


def own_counters(taken: Taken) -> str:
    """The folder of a follower's counters: other processes may have its name."""
    return f"{taken.kind}-{taken.name}-{taken.pid}"


class Member:
    """This process among those that follow a state."""

    def __init__(self, state: StateFolder, kind: Kind, name: str) -> None:
        self.taken = Taken(name, kind, os.getpid())
        identity = f"{name}-{os.getpid()}-{secrets.token_hex(4)}"
        beside = state.members / f"{NEW}{identity}"
        beside.mkdir()
        self._lock = os.open(beside / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
        locked(self._lock)
        os.mkfifo(beside / _WAKE)
        self.wake = os.open(beside / _WAKE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._folder = beside.rename(state.members / identity)
        self.say(self.taken)

    def say(self, taken: Taken) -> None:
        """What the others read of this member."""
        self.taken = taken
        write_atomically(self._folder / _TAKEN, msgspec.json.encode(taken), durable=False)

    def wait(self, seconds: float) -> None:
        """Until it is woken, or so long."""
        if select.select([self.wake], [], [], seconds)[0]:
            os.read(self.wake, 65536)

    def wake_up(self) -> None:
        """Ends a `wait` in another thread."""
        os.write(self.wake, b"x")

    def close(self) -> None:
        """No member any more."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self.wake)
        os.close(self._lock)


class Peer:
    """A member as the others see it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def alive(self) -> bool:
        """Whether its process runs."""
        try:
            descriptor = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return not locked(descriptor)
        finally:
            os.close(descriptor)

    def taken(self) -> Taken | None:
        """What it says; None where it is gone."""
        try:
            return msgspec.json.decode((self.folder / _TAKEN).read_bytes(), type=Taken)
        except FileNotFoundError:
            return None

    def wake(self) -> None:
        """Has it look at the state."""
        try:
            descriptor = os.open(self.folder / _WAKE, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:  # it is gone
            return
        try:
            os.write(descriptor, b"x")
        except BlockingIOError:  # it is full of signs already
            pass
        finally:
            os.close(descriptor)

    def end(self) -> None:
        """Kills its process, which its lock proves to be the one it was."""
        taken = self.taken()
        if taken is not None and self.alive():
            os.kill(taken.pid, signal.SIGKILL)


def peers(state: StateFolder) -> list[Peer]:
    """All members that live."""
    found = [Peer(folder) for folder in state.members.iterdir() if not folder.name.startswith(NEW)]
    return [peer for peer in found if peer.alive()]


def sweep(state: StateFolder) -> None:
    """Removes what members left that were killed."""
    for folder in list(state.members.iterdir()):
        if not Peer(folder).alive():
            shutil.rmtree(folder, ignore_errors=True)
