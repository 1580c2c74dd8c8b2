"""Watches how much memory the whole stack takes while the loop runs."""

import threading
from collections.abc import Callable, Iterable
from types import TracebackType

import psutil

MIB = 1024 * 1024


class PeakMemory:
    """Samples the summed PSS of the stack's processes in the background.

    PSS (proportional set size) counts a page shared by n processes as 1/n in each, so the sum is what the machine
    really gives to the stack; Airflow's forked workers would otherwise count the same pages many times.

    Args:
        pids: called before each sample; returns the processes that belong to the stack now.
    """

    def __init__(self, pids: Callable[[], Iterable[int]], every_seconds: float = 3.0) -> None:
        self.peak_mb = 0.0
        self._pids = pids
        self._every_seconds = every_seconds
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
            self.peak_mb = max(self.peak_mb, total_pss_mb(self._pids()))
            if self._stop.wait(self._every_seconds):
                return


def total_pss_mb(pids: Iterable[int]) -> float:
    """Summed PSS in MiB; a process that ended meanwhile counts nothing."""
    return sum(_pss(pid) for pid in pids) / MIB


def _pss(pid: int) -> int:
    try:
        return psutil.Process(pid).memory_full_info().pss
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return 0
