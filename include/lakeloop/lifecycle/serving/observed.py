"""What an endpoint has counted of a version, since it began or between two looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Histogram:
    """Counts per bucket.

    Args:
        bounds: upper bounds, inclusive, rising; the last bucket has none.
        counts: one more than bounds; not cumulative.
    """

    bounds: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """How many values were counted."""
        return sum(self.counts)

    def above(self, place: int) -> int:
        """How many values lie beyond ``bounds[place]``."""
        return sum(self.counts[place + 1 :])

    def since(self, before: "Histogram") -> "Histogram":
        """What was added to `before`, which may be empty."""
        if not before.counts:
            return self
        return Histogram(self.bounds, _minus(self.counts, before.counts))


@dataclass(frozen=True)
class Observed:
    """One version.

    Args:
        requests: that it was chosen to answer.
        errors: those of them that it did not answer with scores.
        latency: seconds of each request.
        scores: each score that it answered with, 0 to 1.
        shadow_requests: requests that it scored beside another version, or could not.
        shadow_errors: those that it could not.
        shadow_rows: rows that were scored by both.
        shadow_difference: sum over these rows of |its score - the answer's|.
    """

    requests: int = 0
    errors: int = 0
    latency: Histogram = field(default_factory=Histogram)
    scores: Histogram = field(default_factory=Histogram)
    shadow_requests: int = 0
    shadow_errors: int = 0
    shadow_rows: int = 0
    shadow_difference: float = 0.0

    def since(self, before: "Observed") -> "Observed":
        """What was added to `before`. Raises CountersResetError when that has more."""
        if before.requests > self.requests or before.shadow_requests > self.shadow_requests:
            raise CountersResetError(
                f"the endpoint has counted {self.requests} requests and {self.shadow_requests} of the shadow, fewer "
                f"than the {before.requests} and {before.shadow_requests} seen before: it has lost its counters"
            )
        return Observed(
            self.requests - before.requests,
            self.errors - before.errors,
            self.latency.since(before.latency),
            self.scores.since(before.scores),
            self.shadow_requests - before.shadow_requests,
            self.shadow_errors - before.shadow_errors,
            self.shadow_rows - before.shadow_rows,
            self.shadow_difference - before.shadow_difference,
        )


class CountersResetError(RuntimeError):
    """An endpoint has begun to count anew."""


def from_json(said: Mapping[str, Any]) -> Observed:
    """What ``dataclasses.asdict`` made of it."""
    histograms = {name: _histogram(said[name]) for name in ("latency", "scores")}
    return Observed(**{**said, **histograms})


def _histogram(said: Mapping[str, Sequence[Any]]) -> Histogram:
    return Histogram(tuple(said["bounds"]), tuple(said["counts"]))


def _minus(counts: Sequence[int], before: Sequence[int]) -> tuple[int, ...]:
    return tuple(now - then for now, then in zip(counts, before, strict=True))
