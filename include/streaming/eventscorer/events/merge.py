"""Brings the messages of several partitions into the order of their time: a k-way merge that need not wait for ever."""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from operator import itemgetter

from .event import Checked

TIME = itemgetter(0)
Timed = tuple[float, Checked]


class _Partition:
    """Messages that wait, with the time by which they are ordered: it never falls, so that offsets stay in order."""

    def __init__(self, now: float) -> None:
        self.waiting: list[Timed] = []
        self.latest = float("-inf")
        self.at_end = False
        self.since = now  # it has nothing to give

    def horizon(self, now: float, patience: float) -> float:
        """No later message of it will be earlier than this, as far as one is willing to wait."""
        given_up = not self.waiting and now - self.since >= patience
        return float("inf") if self.at_end or given_up else self.latest


class Merge:
    """The messages of all assigned partitions.

    A message is released when no partition can have an earlier one to come: each has a later one waiting, or is read to
    its end, or has delivered nothing for `patience` seconds.

    Args:
        patience: seconds.
        capacity: messages of a partition above which it is full, and should not be read on.
    """

    def __init__(self, patience: float, capacity: int) -> None:
        self._patience, self._capacity = patience, capacity
        self._partitions: dict[int, _Partition] = {}
        self._ordered: deque[Timed] = deque()

    def begin(self, partition: int, now: float) -> None:
        """A partition was assigned, or begins again; what waits of it is dropped."""
        self.drop(partition)
        self._partitions[partition] = _Partition(now)

    def drop(self, partition: int) -> None:
        """A partition went to another member."""
        self._partitions.pop(partition, None)
        kept = [timed for timed in self._ordered if timed[1].record.partition != partition]
        self._ordered = deque(kept)

    def add(self, partition: int, checked: Checked, latest: float) -> None:
        """The next message of a partition; `latest` is the latest time of its events so far."""
        held = self._partitions[partition]
        held.latest = max(held.latest, latest)
        held.waiting.append((held.latest, checked))
        held.at_end = False

    def passed(self, partition: int, latest: float, now: float) -> None:
        """A message that was decided before was read again: the partition delivers, if nothing new yet."""
        held = self._partitions[partition]
        held.latest, held.since, held.at_end = max(held.latest, latest), now, False

    def at_end(self, partition: int) -> None:
        """Nothing more has been written to the partition so far."""
        self._partitions[partition].at_end = True

    def full(self) -> list[int]:
        """Partitions that should not be read on for now."""
        return [number for number, held in self._partitions.items() if len(held.waiting) >= self._capacity]

    def waiting(self) -> int:
        """How many messages are held."""
        return len(self._ordered) + sum(len(held.waiting) for held in self._partitions.values())

    def take(self, rows: int, now: float) -> Sequence[Checked]:
        """Up to `rows` messages in the order of their time."""
        if len(self._ordered) < rows:
            self._release(now)
        return [self._ordered.popleft()[1] for _ in range(min(rows, len(self._ordered)))]

    def give_back(self, batch: Sequence[Checked]) -> None:
        """What was taken last is taken again first."""
        self._ordered.extendleft((float("-inf"), checked) for checked in reversed(batch))

    def _release(self, now: float) -> None:
        horizon = min(
            (held.horizon(now, self._patience) for held in self._partitions.values()), default=float("inf")
        )
        released: list[Timed] = []
        for held in self._partitions.values():
            cut = bisect_right(held.waiting, horizon, key=TIME)
            released += held.waiting[:cut]
            if cut:
                held.waiting = held.waiting[cut:]
                held.since = now
        # stable: offsets of a partition stay in order
        self._ordered.extend(sorted(released, key=TIME))
