"""What Prometheus reads: lag, batches, latency and dead letters."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600)
ROWS = (1, 10, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)

TENTHS = tuple(place / 10 for place in range(1, 11))
DISTANCES = (0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own: dict[str, Any] = {"namespace": "eventscorer", "registry": self.registry}
        self.lag = Gauge("lag_messages", "Messages not yet decided.", ["partition"], **own)
        self.rows = Histogram("batch_rows", "Messages of a batch.", buckets=ROWS, **own)
        self.seconds = Histogram("batch_seconds", "Time a batch took to be decided.", buckets=SECONDS, **own)
        about = "From a message's Kafka timestamp until its decision was committed."
        self.latency = Histogram("decision_latency_seconds", about, buckets=SECONDS, **own)
        self.decisions = Counter("decisions", "Decisions committed.", ["version"], **own)
        self.dead_letters = Counter("dead_letters", "Messages refused.", ["reason"], **own)
        self.conflicts = Counter(
            "conflicts", "Batches decided anew: another member had changed a state.", **own
        )
        self.ready = Gauge("ready", "1 while a version takes traffic, 0 while events wait for one.", **own)
        self.scores = Histogram("score", "Scores of decisions.", ["version"], buckets=TENTHS, **own)
        about = "Distance of a shadow's scores from those of the decisions."
        self.differences = Histogram("shadow_difference", about, ["version"], buckets=DISTANCES, **own)
        self.lost = Counter("batches_lost", "Batches that were begun again.", **own)
        about = "Messages decided before by which states were moved that did not know them."
        self.caught_up = Counter("caught_up", about, **own)
        self.replayed = Counter("outboxes_replayed", "Outboxes of a predecessor that were said.", **own)

    def serve(self, port: int) -> None:
        """Answer on ``http://127.0.0.1:<port>/metrics`` from a thread."""
        start_http_server(port, "127.0.0.1", self.registry)

    def decided(self, seconds: Iterable[float]) -> None:
        """Latencies of the events of a batch."""
        observe = self.latency.observe
        for latency in seconds:
            observe(latency)

    def scored(self, versions: Sequence[str], scores: np.ndarray, shadows: Mapping[str, np.ndarray]) -> None:
        """Versions and scores of decisions, and what shadows say of the same rows; classes count one by one."""
        numbers = np.array(versions)
        for version in sorted(set(versions)):
            own = scores[numbers == version]
            self.decisions.labels(version).inc(len(own))
            _observe(self.scores.labels(version), own)
        for version, others in shadows.items():
            if others.shape == scores.shape:
                _observe(self.differences.labels(version), np.abs(others - scores))

    def forget(self, partitions: Iterable[int]) -> None:
        """These partitions have gone to another member, which tells their lag."""
        for partition in partitions:
            with suppress(KeyError):
                self.lag.remove(str(partition))


def _observe(histogram: Histogram, values: np.ndarray) -> None:
    for value in values.ravel().tolist():
        histogram.observe(value)
