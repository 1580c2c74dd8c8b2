"""Which values of a field an entity has met; windows are exact to the millisecond."""

from ..definition import Feature
from ..state import State
from .advance import Advance


class SeenAggregate:
    """When each value came last, kept for the longest window that a feature asks for."""

    def __init__(self, text: int) -> None:
        self._text = text
        self.window_ms = 0
        self._distinct: list[tuple[int, int]] = []  # place in the row, window
        self._first: list[tuple[int, int]] = []

    def add(self, feature: Feature, slot: int) -> None:
        """Read a feature into a place of the row."""
        self.window_ms = max(self.window_ms, feature.window_ms)
        kept = self._distinct if feature.kind == "distinct" else self._first
        kept.append((slot, feature.window_ms))

    def compiled(self, index: int) -> Advance:
        """How an event advances ``state.seen[index]``."""
        text, longest, distinct, first = self._text, self.window_ms, self._distinct, self._first

        def advance(state: State, at: int, numbers: list[float], texts: list[str], row: list[float]) -> None:
            seen, value = state.seen[index], texts[text]
            _forget(seen, at - longest)
            for slot, window in distinct:
                row[slot] = float(len(seen) if window == longest else _since(seen, at - window))
            last = seen.pop(value, -1)  # so that the value that came last is the last
            for slot, window in first:
                row[slot] = 0.0 if 0 <= last > at - window else 1.0
            seen[value] = at

        return advance


def _forget(seen: dict[str, int], until: int) -> None:
    old = []
    for value, last in seen.items():
        if last > until:
            break
        old.append(value)
    for value in old:
        del seen[value]


def _since(seen: dict[str, int], until: int) -> int:
    found = 0
    for last in reversed(seen.values()):
        if last <= until:
            break
        found += 1
    return found
