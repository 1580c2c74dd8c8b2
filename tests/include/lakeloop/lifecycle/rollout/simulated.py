"""Two versions as an endpoint counts them."""

from dataclasses import dataclass

import numpy as np

from lakeloop.lifecycle.serving.observed import Histogram, Observed

LATENCIES = tuple(1e-3 * 1.3**step for step in range(16))  # 1 ms to 51 ms
SCORES = tuple(bound / 20 for bound in range(1, 21))


@dataclass(frozen=True)
class Behaviour:
    """How a version answers: latencies are lognormal, scores beta."""

    fails: float = 0.001
    median_ms: float = 2.0
    shift: float = 0.0
    differs: float = 0.01

    def canary(self, random: np.random.Generator, count: int) -> Observed:
        """`count` more requests."""
        seconds = self.median_ms * 1e-3 * random.lognormal(0, 0.4, count)
        scores = np.clip(random.beta(0.5, 8, count) + self.shift, 0, 1)
        errors = int(random.binomial(count, self.fails))
        return Observed(count, errors, _histogram(LATENCIES, seconds), _histogram(SCORES, scores))

    def shadow(self, random: np.random.Generator, count: int) -> Observed:
        """`count` more requests that it scored along."""
        errors = int(random.binomial(count, self.fails))
        apart = random.beta(1, 1 / self.differs - 1, count - errors)
        return Observed(
            shadow_requests=count,
            shadow_errors=errors,
            shadow_rows=count - errors,
            shadow_difference=float(apart.sum()),
        )


def together(first: Observed, second: Observed) -> Observed:
    """The counts of both."""
    return Observed(
        first.requests + second.requests,
        first.errors + second.errors,
        _added(first.latency, second.latency),
        _added(first.scores, second.scores),
        first.shadow_requests + second.shadow_requests,
        first.shadow_errors + second.shadow_errors,
        first.shadow_rows + second.shadow_rows,
        first.shadow_difference + second.shadow_difference,
    )


def _added(first: Histogram, second: Histogram) -> Histogram:
    if not first.counts or not second.counts:
        return first if first.counts else second
    return Histogram(first.bounds, tuple(a + b for a, b in zip(first.counts, second.counts, strict=True)))


def _histogram(bounds: tuple[float, ...], values: np.ndarray) -> Histogram:
    counts = np.bincount(np.searchsorted(bounds, values), minlength=len(bounds) + 1)
    return Histogram(bounds, tuple(int(count) for count in counts))
