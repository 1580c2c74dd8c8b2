"""One command at a time changes a stack: starts it, stops it, or removes it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ..machine.home import Home


class StackBusyError(RuntimeError):
    """Another command is at work on the stack; the message says which, and its process."""


@contextmanager
def changing(home: Home, command: str) -> Iterator[None]:
    """Hold the home's lock while the context lasts; the kernel gives it back when its holder dies.

    Args:
        command: what another command is told while this one is at work, such as ``lakeloop up``.

    Raises:
        StackBusyError: another process holds the lock.
    """
    with (home.root / "up.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read() or "Another command"
            raise StackBusyError(
                f"{holder} is at work in {home.root}; wait for it, or end it first, then run {command} again"
            ) from None
        lock.truncate(0)
        lock.write(f"{command} (pid {os.getpid()})")
        lock.flush()
        yield
