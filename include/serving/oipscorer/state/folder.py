"""The one durable place of what is served, written atomically and changed under a lock."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from ..repository.desired import Desired

POLL = 0.002  # seconds between two looks at a lock or at an acknowledgement


class StateError(RuntimeError):
    """The state folder cannot be used; its text says why and what to do."""


class Status(Struct, frozen=True):
    """The registry as it was last asked.

    since, checked: when it changed to this, and when it was asked; seconds since 1970.
    """

    registered: str
    reachable: bool = True
    reason: str = ""
    since: float = 0.0
    checked: float = 0.0


class StateFolder:
    """Paths below a folder, which is made where it does not exist."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.members, self.materials, self.counters, self.downloads = (
            place / name for name in ("members", "materials", "counters", "downloads")
        )
        for folder in (self.members, self.materials, self.counters, self.downloads):
            folder.mkdir(parents=True, exist_ok=True)
        self._file = place / "state.json"
        self.seeded = place / "seeded"  # exists once this server has loaded what its command line names

    def read(self) -> Desired:
        """The newest generation. Raises StateError when the file is not one that was written here."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Desired)
        except FileNotFoundError:
            return Desired()
        except msgspec.DecodeError as error:
            raise StateError(
                f"{self._file} cannot be read: {error}; expected what the scorer wrote"
            ) from None

    def write(self, desired: Desired) -> Desired:
        """Makes a value the next generation, durably; to be called under the lock."""
        after = msgspec.structs.replace(desired, generation=desired.generation + 1)
        write_atomically(self._file, msgspec.json.format(msgspec.json.encode(after)), durable=True)
        return after

    @contextmanager
    def lock(self, name: str = "changes", seconds: float = 30.0) -> Iterator[None]:
        """Holds a lock that no other process or thread holds. Raises StateError after so many seconds."""
        with (self.place / f"{name}.lock").open("a") as file:
            deadline = time.monotonic() + seconds
            while not locked(file.fileno()):
                if time.monotonic() > deadline:
                    raise StateError(f"{file.name} is held by another process for more than {seconds:g} s")
                time.sleep(POLL)
            yield

    def status(self) -> Status | None:
        """The registry as it was last asked; None where there is none."""
        try:
            return msgspec.json.decode((self.place / "registry.json").read_bytes(), type=Status)
        except FileNotFoundError:
            return None

    def tell_status(self, status: Status) -> None:
        """What `status` gives from now on."""
        write_atomically(self.place / "registry.json", msgspec.json.encode(status), durable=False)


def locked(descriptor: int) -> bool:
    """Takes the lock of an open file, unless another one has it. The kernel gives it back when its process ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_atomically(file: Path, content: bytes, durable: bool) -> None:
    """A reader sees all of it or what was there before; `durable`: also after a loss of power."""
    beside = file.with_name(f"{file.name}.{os.getpid()}.new")
    with beside.open("wb") as opened:
        opened.write(content)
        opened.flush()
        if durable:
            os.fsync(opened.fileno())
    beside.replace(file)
    if durable:
        _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
