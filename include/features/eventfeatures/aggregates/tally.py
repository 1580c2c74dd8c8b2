"""How often the event's own value came among all events of a window."""

from bisect import bisect_left

from ..state import State, Tally
from .advance import BUCKETS, NAN, Advance


class TallyAggregate:
    """A window of 60 buckets, the newest one included, by value."""

    def __init__(self, text: int, window_ms: int) -> None:
        self._text, self.window_ms = text, window_ms
        self._slots: list[int] = []

    def add(self, slot: int) -> None:
        """Read the share into a place of the row; NaN without events."""
        self._slots.append(slot)

    def compiled(self, index: int) -> Advance:
        """How an event advances ``state.tallies[index]``."""
        text, step, slots = self._text, self.window_ms // BUCKETS, tuple(self._slots)

        def advance(state: State, at: int, numbers: list[float], texts: list[str], row: list[float]) -> None:
            tally, value, bucket = state.tallies[index], texts[text], at // step
            buckets, counts = tally.buckets, tally.counts
            if buckets and buckets[0] <= bucket - BUCKETS:
                _cut(tally, bucket - BUCKETS + 1)
            own = _recent(tally.values.pop(value, []), bucket - BUCKETS + 1)
            for slot in slots:
                row[slot] = sum(own[1::2]) / sum(counts) if counts else NAN
            if buckets and buckets[-1] == bucket:
                counts[-1] += 1
            else:
                buckets.append(bucket)
                counts.append(1)
            if own and own[-2] == bucket:
                own[-1] += 1
            else:
                own += (bucket, 1)
            tally.values[value] = own  # the value that came last is the last

        return advance


def _cut(tally: Tally, oldest: int) -> None:
    until = bisect_left(tally.buckets, oldest)
    del tally.buckets[:until], tally.counts[:until]
    old = []
    for value, counted in tally.values.items():
        if counted[-2] >= oldest:
            break
        old.append(value)
    for value in old:
        del tally.values[value]


def _recent(counted: list[int], oldest: int) -> list[int]:
    if not counted or counted[0] >= oldest:
        return counted
    return counted[next((at for at in range(2, len(counted), 2) if counted[at] >= oldest), len(counted)) :]
