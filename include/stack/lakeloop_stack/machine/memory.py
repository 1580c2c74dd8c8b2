"""Watches how much memory the whole stack takes while the loop runs."""

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

import psutil

MIB = 1024 * 1024
PSS_EVERY_SECONDS = 10.0


class PeakMemory:
    """Samples the summed PSS of the stack's processes in the background.

    PSS (proportional set size) counts a page shared by n processes as 1/n in each, so the sum is what the machine
    really gives to the stack; Airflow's forked workers would otherwise count the same pages many times.

    Adding up PSS walks all page tables, so it is done every 10 s, and at once when the resident sizes, which cost
    nothing to read, are higher than ever.

    Args:
        pids: called before each look; returns the processes that belong to the stack now.
    """

    def __init__(self, pids: Callable[[], Iterable[int]], every_seconds: float = 2.0) -> None:
        self.peak_mb = 0.0
        self._pids = pids
        self._every_seconds = every_seconds
        self._most_resident = 0
        self._due = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak-memory", daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self._look(list(self._pids()))
            if self._stop.wait(self._every_seconds):
                return

    def _look(self, pids: list[int]) -> None:
        resident, now = sum(_resident_pages(pid) for pid in pids), time.monotonic()
        if resident > self._most_resident or now >= self._due:
            self._most_resident = max(resident, self._most_resident)
            self._due = now + PSS_EVERY_SECONDS
            self.peak_mb = max(self.peak_mb, total_pss_mb(pids))


def total_pss_mb(pids: Iterable[int]) -> float:
    """Summed PSS in MiB; a process that ended meanwhile counts nothing."""
    return sum(_pss(pid) for pid in pids) / MIB


def _resident_pages(pid: int) -> int:
    try:
        return int(Path("/proc", str(pid), "statm").read_text().split()[1])
    except OSError:  # ended meanwhile
        return 0


def _pss(pid: int) -> int:
    try:
        return psutil.Process(pid).memory_full_info().pss
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return 0
