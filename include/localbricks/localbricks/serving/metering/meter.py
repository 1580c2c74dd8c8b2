"""Looks at the counters of all endpoints at the end of each minute."""

import time
from collections.abc import Callable
from threading import Event, Lock, Thread

from .metrics import Counts

Seen = dict[str, dict[str, Counts]]  # by endpoint, then by version


class Meter:
    """Keeps what was counted in the last whole minute.

    Args:
        look: what all endpoints have counted since they began; those that do not answer are left out.
        seconds: a minute, unless a test has less time.
    """

    def __init__(self, look: Callable[[], Seen], seconds: float = 60.0) -> None:
        self._look, self._seconds = look, seconds
        self._before: Seen = {}
        self._minute: Seen = {}
        self._ended, self._over, self._lock = 0, Event(), Lock()
        self._thread = Thread(target=self._run, name="serving-meter", daemon=True)

    def start(self) -> None:
        """Begins with the minute that runs."""
        self._before = self._look()
        self._thread.start()

    def minute(self, endpoint: str) -> tuple[dict[str, Counts], int]:
        """Counts by version of the last whole minute, and its end in milliseconds since 1970; 0 before the first."""
        with self._lock:
            return self._minute.get(endpoint, {}), self._ended

    def close(self) -> None:
        """Looks no more."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(10)

    def _run(self) -> None:
        while not self._over.wait(self._seconds - time.time() % self._seconds):
            now, ended = self._look(), int(time.time() / self._seconds) * self._seconds
            minute = {endpoint: _since(now[endpoint], self._before.get(endpoint, {})) for endpoint in now}
            with self._lock:
                self._minute, self._ended = minute, int(1000 * ended)
            self._before |= now


def _since(now: dict[str, Counts], before: dict[str, Counts]) -> dict[str, Counts]:
    return {version: counts.since(before.get(version, Counts())) for version, counts in now.items()}
