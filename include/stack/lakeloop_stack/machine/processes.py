"""Finds and ends every process of a stack, wherever it was started from.

Each service gets ``LAKELOOP_STACK=<home>`` and ``LAKELOOP_SERVICE=<name>``; what it starts inherits both. Tasks have
process groups or sessions of their own, so neither the group nor the parent finds them all, but the environment does.
"""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

STACK, SERVICE = "LAKELOOP_STACK", "LAKELOOP_SERVICE"


class LeftoverError(RuntimeError):
    """Processes survived SIGKILL; the message names them."""


def of_stack(home: Path) -> dict[int, str]:
    """``{pid: service}`` of all living processes of the stack, except this one and those it was started by."""
    mark = os.fsencode(f"{STACK}={home}")
    own = _own_line()
    services = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) not in own:
            variables = _environment(entry.name)
            if mark in variables:
                services[int(entry.name)] = _service(variables)
    return services


def end(home: Path, grace_seconds: float = 5.0) -> int:
    """End what is left of the stack: SIGTERM, once more, then SIGKILL. Returns how many there were.

    Raises LeftoverError when one is still there.
    """
    living_before: set[int] = set()
    # A process may swallow the first SIGTERM while it handles something else.
    for send, patience in (
        (signal.SIGTERM, grace_seconds / 2),
        (signal.SIGTERM, grace_seconds / 2),
        (signal.SIGKILL, 5.0),
    ):
        living = of_stack(home)
        living_before |= set(living)
        if not living:
            return len(living_before)
        _signal(living, send)
        _wait_until_gone(home, patience)
    if left := of_stack(home):
        raise LeftoverError(f"still running after SIGKILL: {describe(left)}")
    return len(living_before)


def describe(pids: Iterable[int]) -> str:
    """``42 java, 43 python`` for messages."""
    return ", ".join(f"{pid} {_name(pid)}" for pid in sorted(pids))


def _wait_until_gone(home: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and of_stack(home):
        time.sleep(0.1)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _own_line() -> set[int]:
    """This process and its ancestors: a command must not end the shell that called it."""
    this = psutil.Process()
    return {this.pid, *(parent.pid for parent in this.parents())}


def _environment(pid: str) -> list[bytes]:
    try:
        return Path("/proc", pid, "environ").read_bytes().split(b"\0")
    except OSError:  # ended meanwhile, or another user's
        return []


def _service(variables: list[bytes]) -> str:
    prefix = os.fsencode(f"{SERVICE}=")
    return next(
        (os.fsdecode(v.removeprefix(prefix)) for v in variables if v.startswith(prefix)), "supervisor"
    )


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "(ended)"
