"""A bounded queue, and the thread that empties it. What does not fit is dropped and counted: no answer ever waits."""

import logging
import random
from collections import deque
from collections.abc import Sequence
from threading import Event, Thread

from ..counters.layout import LOG_DELIVERED, LOG_DROPPED, LOG_FAILED, LOG_WRITTEN
from .files import LogFiles
from .records import Scored
from .settings import LogSettings
from .topic import LogTopic

log = logging.getLogger("oipscorer")
IDLE_SECONDS = (
    0.05  # between two looks at an empty queue: a wake-up for each request would cost it a system call
)
BATCH = 256
END_SECONDS = 5.0  # for what is left at the end


class RequestLog:
    """Logs a share of what is offered.

    Args:
        counts: the block of this process.
    """

    def __init__(self, settings: LogSettings, name: str, counts: "memoryview[float]") -> None:
        self._settings, self._counts = settings, counts
        self._queue: deque[Scored] = deque()
        self._files = (
            LogFiles(settings.folder, name, settings.size, settings.kept) if settings.folder else None
        )
        self._topic = (
            LogTopic(settings.topic, settings.kafka, self._delivered, self._failed)
            if settings.kafka
            else None
        )
        self._over, self._failing = Event(), False
        self._thread = Thread(target=self._work, name="requestlog", daemon=True)
        self._thread.start()

    def offer(self, scored: Scored) -> None:
        """Takes its share; never blocks."""
        if self._settings.share < 1 and random.random() >= self._settings.share:
            return
        if len(self._queue) >= self._settings.capacity:
            self._counts[LOG_DROPPED] += 1
        else:
            self._queue.append(scored)

    def close(self) -> None:
        """Writes what is left, and ends the thread."""
        self._over.set()
        self._thread.join()
        if self._files:
            self._files.close()
        if self._topic:
            self._topic.close(END_SECONDS)

    def _work(self) -> None:
        while self._queue or not self._over.is_set():
            if not self._queue:
                self._over.wait(IDLE_SECONDS)
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH))]
            if batch:
                self._write(batch)
            if self._topic:
                self._topic.poll()

    def _write(self, batch: Sequence[Scored]) -> None:
        lines = [scored.encoded() for scored in batch]
        if self._files:
            self._write_file(self._files, lines)
        if self._topic:
            for scored, line in zip(batch, lines, strict=True):
                self._topic.write(None if scored.key is None else str(scored.key).encode(), line[:-1])

    def _write_file(self, files: LogFiles, lines: list[bytes]) -> None:
        try:
            files.write(lines)
        except OSError as error:
            self._failed(len(lines))
            if not self._failing:  # once, and not for each batch
                log.error("the request log cannot be written, its records are dropped: %s", error)
            self._failing = True
        else:
            self._failing = False
            self._counts[LOG_WRITTEN] += len(lines)

    def _delivered(self, count: int) -> None:
        self._counts[LOG_DELIVERED] += count

    def _failed(self, count: int) -> None:
        self._counts[LOG_FAILED] += count
