"""Ends a process that Kafka's client has left hanging.

librdkafka's ``send_offsets_to_transaction`` may ignore its timeout and wait for ever, when its broker goes away while
it is asked (https://github.com/confluentinc/librdkafka/issues/5456). A thread that hangs in it cannot be freed. But
whoever is killed here loses nothing, so the process ends and its supervisor starts a successor.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

log = logging.getLogger(__name__)
STALLED = 75  # EX_TEMPFAIL of sysexits.h: try again
LOOKS_PER_LIMIT = 10


class Watchdog:
    """Watches one call at a time.

    Args:
        seconds: how long a call may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watched: tuple[float, str] | None = None  # until when, and what
        Thread(target=self._watch, name="watchdog", daemon=True).start()

    @contextmanager
    def watching(self, what: str) -> Iterator[None]:
        """The process ends with status 75 when the block takes longer than it may."""
        self._watched = (time.monotonic() + self._seconds, what)
        try:
            yield
        finally:
            self._watched = None

    def _watch(self) -> None:
        while True:
            time.sleep(self._seconds / LOOKS_PER_LIMIT)
            watched = self._watched
            if watched and time.monotonic() > watched[0]:
                log.critical("%s hangs for more than %g s: this process ends", watched[1], self._seconds)
                os._exit(STALLED)
