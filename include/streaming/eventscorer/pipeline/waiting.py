"""Waiting for a version that scores: said once, and told by a metric."""

import logging
from threading import Event as Signal

from ..metrics import Metrics

log = logging.getLogger(__name__)


class Waiting:
    """Whether events wait.

    Args:
        seconds: between two looks.
    """

    def __init__(self, metrics: Metrics, seconds: float) -> None:
        self._metrics, self._seconds, self._waits = metrics, seconds, False

    def wait(self, why: str, stopping: Signal) -> None:
        """Events stay where they are for a moment."""
        if not self._waits:
            log.warning("events wait: %s", why)
        self._waits = True
        self._metrics.ready.set(0)
        stopping.wait(self._seconds)

    def over(self) -> None:
        """A version scores."""
        if self._waits:
            log.info("events are decided again")
        self._waits = False
        self._metrics.ready.set(1)
