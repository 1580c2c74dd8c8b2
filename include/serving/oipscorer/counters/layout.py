"""Which number of a block counts what. All are float64, which counts exactly up to 2^53."""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

STATUSES = (200, 400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503)
# Upper bounds, inclusive, as Prometheus has them; a last bucket without a bound follows.
# Seconds, from 50 us to 1 s.
_DECADE = (100, 150, 200, 300, 500, 700)
_MICROSECONDS = (50, 70, *(step * factor for factor in (1, 10, 100, 1000) for step in _DECADE), 1_000_000)
LATENCIES = tuple(step / 1e6 for step in _MICROSECONDS)  # seconds
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536)
SCORES = tuple(bin_ / 20 for bin_ in range(1, 21))


class HistogramSlots:
    """Where a histogram lies in a block: a count for each bucket, then the sum of the values."""

    def __init__(self, start: int, bounds: Sequence[float]) -> None:
        self.start, self.bounds = start, list(bounds)
        self.sum = start + len(bounds) + 1
        self.end = self.sum + 1

    def add(self, block: "memoryview[float]", value: float, times: int = 1) -> None:
        """Counts one value, or the same several times."""
        block[self.start + bisect_left(self.bounds, value)] += times
        block[self.sum] += value * times

    def add_all(self, block: "memoryview[float]", values: np.ndarray) -> None:
        """Counts many values."""
        counts = np.bincount(np.searchsorted(self.bounds, values), minlength=len(self.bounds) + 1)
        for at, count in enumerate(counts.tolist(), self.start):
            block[at] += count
        block[self.sum] += float(values.sum())


LATENCY = HistogramSlots(len(STATUSES) + 1, LATENCIES)  # the slot before is for any other status
BATCH = HistogramSlots(LATENCY.end, ROWS)
SCORE = HistogramSlots(BATCH.end, SCORES)
STATUS_SLOT = {status: number for number, status in enumerate(STATUSES)}
OTHER_STATUS = len(STATUSES)
SHADOW_SCORED, SHADOW_DROPPED, SHADOW_FAILED, SHADOW_ROWS, SHADOW_APART = range(SCORE.end, SCORE.end + 5)
SIZE = SCORE.end + 5
# The block of a whole process.
IN_FLIGHT, LOG_WRITTEN, LOG_DELIVERED, LOG_DROPPED, LOG_FAILED = range(5)
