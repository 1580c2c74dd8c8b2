"""What the metrics are told of a batch that was committed."""

import time
from collections.abc import Mapping

import numpy as np

from ..events.event import Event
from ..metrics import Metrics
from .decide import Decided


def measure(metrics: Metrics, decided: Decided, shadows: Mapping[str, np.ndarray], seconds: float) -> None:
    """Rows, time, latencies, scores and dead letters.

    Args:
        shadows: scores of the same decisions by other versions.
        seconds: that the batch took.
    """
    now = time.time()
    metrics.rows.observe(len(decided.batch))
    metrics.seconds.observe(seconds)
    events = [checked for checked in decided.batch if isinstance(checked, Event)]
    metrics.decided(now - event.record.timestamp / 1000 for event in events)
    metrics.scored(decided.scored.versions, decided.scored.scores, shadows)
    for checked in decided.batch:
        if not isinstance(checked, Event):
            metrics.dead_letters.labels(checked.reason).inc()
