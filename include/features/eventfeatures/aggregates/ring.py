"""Counts, sums and the like of a window.

Sums of buckets are made by `math.fsum`, which rounds once: Python's own `sum` has another result from 3.12 on.
"""

from bisect import bisect_left
from collections.abc import Callable
from math import fsum, sqrt

from ..definition import Feature, Where
from ..fields import Fields
from ..state import Ring, State
from .advance import BUCKETS, NAN, Advance, condition

CONSTANT = 1e-9  # a variance below this share of the mean's square is rounding
Read = Callable[[Ring, list[float]], float]


class RingAggregate:
    """A window of the events that a condition holds for; it has always 60 buckets, the newest one included."""

    def __init__(self, window_ms: int, where: Where | None, fields: Fields) -> None:
        self.window_ms, self._where, self._fields = window_ms, where, fields
        self._columns: list[tuple[str, int]] = []  # sum, square or max, and of which number
        self._counts: list[int] = []
        self._reads: list[tuple[int, Read]] = []

    def add(self, feature: Feature, slot: int) -> None:
        """Read a feature into a place of the row."""
        if feature.kind == "count":
            self._counts.append(slot)
        else:
            self._reads.append((slot, READS[feature.kind](self, self._fields.number(str(feature.of)))))

    def column(self, what: str, number: int) -> int:
        """The index of a column: sum, square or max of a number."""
        if (what, number) not in self._columns:
            self._columns.append((what, number))
        return self._columns.index((what, number))

    def fresh(self) -> Ring:
        """A window without events."""
        return Ring([], [], [[] for _ in self._columns])

    def compiled(self, index: int) -> Advance:
        """How an event advances ``state.rings[index]``."""
        step, slots, reads = self.window_ms // BUCKETS, tuple(self._counts), tuple(self._reads)
        columns = tuple((at, what, number) for at, (what, number) in enumerate(self._columns))
        text, equals = condition(self._where, self._fields)

        def advance(state: State, at: int, numbers: list[float], texts: list[str], row: list[float]) -> None:
            ring = state.rings[index]
            buckets, counts, bucket = ring.buckets, ring.counts, at // step
            if buckets and buckets[0] <= bucket - BUCKETS:
                _cut(ring, bucket - BUCKETS + 1)
            for slot in slots:
                row[slot] = float(sum(counts))
            for slot, read in reads:
                row[slot] = read(ring, numbers)
            if text >= 0 and texts[text] != equals:
                return
            if not buckets or buckets[-1] != bucket:
                buckets.append(bucket)
                counts.append(1)
                for column, what, number in columns:
                    value = numbers[number]
                    ring.columns[column].append(value * value if what == "square" else value)
                return
            counts[-1] += 1
            for column, what, number in columns:
                _merge(ring.columns[column], what, numbers[number])

        return advance


def _cut(ring: Ring, oldest: int) -> None:
    until = bisect_left(ring.buckets, oldest)
    del ring.buckets[:until], ring.counts[:until]
    for column in ring.columns:
        del column[:until]


def _merge(column: list[float], what: str, value: float) -> None:
    if what == "sum":
        column[-1] += value
    elif what == "square":
        column[-1] += value * value
    elif value > column[-1]:
        column[-1] = value


def _total(ring: RingAggregate, number: int) -> Read:
    """Sum of a number; 0 without events."""
    column = ring.column("sum", number)
    return lambda found, numbers: fsum(found.columns[column])


def _mean(ring: RingAggregate, number: int) -> Read:
    """Mean of a number; NaN without events."""
    column = ring.column("sum", number)
    return lambda found, numbers: fsum(found.columns[column]) / sum(found.counts) if found.counts else NAN


def _largest(ring: RingAggregate, number: int) -> Read:
    """Largest value of a number; NaN without events."""
    column = ring.column("max", number)
    return lambda found, numbers: max(found.columns[column], default=NAN)


def _ratio(ring: RingAggregate, number: int) -> Read:
    """The event's own number divided by the mean; NaN without events or where the mean is 0."""
    column = ring.column("sum", number)

    def read(found: Ring, numbers: list[float]) -> float:
        total = fsum(found.columns[column])
        return numbers[number] * sum(found.counts) / total if total else NAN

    return read


def _zscore(ring: RingAggregate, number: int) -> Read:
    """(own number - mean) / standard deviation of the population; NaN without spread, so with fewer than two events."""
    column, squares = ring.column("sum", number), ring.column("square", number)

    def read(found: Ring, numbers: list[float]) -> float:
        events = sum(found.counts)
        if events < 2:
            return NAN
        mean = fsum(found.columns[column]) / events
        variance = fsum(found.columns[squares]) / events - mean * mean
        return (numbers[number] - mean) / sqrt(variance) if variance > CONSTANT * mean * mean else NAN

    return read


READS: dict[str, Callable[[RingAggregate, int], Read]] = {
    "sum": _total,
    "mean": _mean,
    "max": _largest,
    "ratio": _ratio,
    "zscore": _zscore,
}
