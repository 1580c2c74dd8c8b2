"""The parent: starts workers, starts those anew that died, and ends them."""

import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType

from msgspec import Struct

from .children import ending, forked

log = logging.getLogger("oipscorer")
YOUNG_SECONDS = 5.0  # a worker that ends younger has not done its work
YOUNG_ENDS = 3  # in a row, before the server gives up
PAUSE_SECONDS = 0.1  # before the second young one is started, doubled each time

Serve = Callable[[int, Callable[[], None], int], None]


class Slot(Struct):
    """A place for a worker: who has it, since when, and how often in a row it ended young."""

    number: int
    process: int = 0
    started: float = 0.0
    young: int = 0
    start_at: float = 0.0

    @property
    def name(self) -> str:
        return f"worker-{self.number}"


class Supervisor:
    """Keeps a number of workers running.

    Args:
        serve: what a worker does, given its number, what it calls when it answers, and a descriptor that ends when
            the parent does.
        sockets: one for each worker.
    """

    def __init__(self, serve: Serve, sockets: list[socket.socket]) -> None:
        self._serve, self._sockets = serve, sockets
        self._slots = [Slot(number) for number in range(len(sockets))]
        self._lifeline, self._alive = os.pipe()
        self._ready, self._tell_ready = os.pipe()
        self._signs, self._signed = os.pipe()
        self._answering, self._ending, self._failure = 0, False, ""

    def run(self, listening: Callable[[], None]) -> int:
        """Until a signal ends it or a worker cannot be kept running; the exit code.

        Args:
            listening: called once, when every worker answers.
        """
        self._take_signals()
        told = False
        while not self._ending or any(slot.process for slot in self._slots):
            self._start_due()
            self._wait()
            self._reap()
            if not told and self._answering >= len(self._slots):
                listening()
                told = True
        return 1 if self._failure else 0

    def _take_signals(self) -> None:
        for descriptor in (self._signs, self._signed):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._signed)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def _end(self, number: int, frame: FrameType | None) -> None:
        """Each signal is passed on: the first one has the workers drain, a second one skips their wait."""
        self._ending = True
        for bound in self._sockets:  # each worker listens until it has drained, and nobody after it
            bound.close()
        for slot in self._slots:
            if slot.process:
                os.kill(slot.process, signal.SIGTERM)

    def _start_due(self) -> None:
        for slot in self._slots:
            if not self._ending and not slot.process and slot.start_at <= time.monotonic():
                slot.started = time.monotonic()
                slot.process = forked(lambda slot=slot: self._work(slot))  # type: ignore[misc]

    def _work(self, slot: Slot) -> None:
        for descriptor in (self._alive, self._ready, self._signs, self._signed):
            os.close(descriptor)
        self._serve(slot.number, self._is_ready, self._lifeline)

    def _is_ready(self) -> None:
        os.write(self._tell_ready, b"x")

    def _wait(self) -> None:
        due = [slot.start_at for slot in self._slots if not slot.process and not self._ending]
        seconds = max(0.0, min(due) - time.monotonic()) if due else None
        readable = select.select([self._signs, self._ready], [], [], seconds)[0]
        if self._ready in readable:
            self._answering += len(os.read(self._ready, 4096))
        if self._signs in readable:
            os.read(self._signs, 4096)

    def _reap(self) -> None:
        while any(slot.process for slot in self._slots):
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            for slot in self._slots:
                if slot.process == process:
                    self._ended(slot, status)

    def _ended(self, slot: Slot, status: int) -> None:
        process, slot.process = slot.process, 0
        if self._ending:
            return
        slot.young = slot.young + 1 if time.monotonic() - slot.started < YOUNG_SECONDS else 0
        slot.start_at = time.monotonic() + (PAUSE_SECONDS * 2 ** (slot.young - 1) if slot.young > 1 else 0)
        log.error("%s (process %d) ended %s; it is started anew", slot.name, process, ending(status))
        if slot.young >= YOUNG_ENDS:
            self._failure = (
                f"{slot.name} ended {slot.young} times in a row within {YOUNG_SECONDS:g} s of its start"
            )
            log.error("%s, the last time %s; the server ends", self._failure, ending(status))
            self._end(signal.SIGTERM, None)
