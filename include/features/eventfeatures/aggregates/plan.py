"""Which aggregates the features of an entity need; features of one window share it."""

from collections.abc import Sequence

from ..definition import MAX_WINDOW_MS, Feature, Where
from ..fields import Fields
from ..state import Last, State, Tally
from .advance import Advance
from .last import LastAggregate
from .ring import RingAggregate
from .seen import SeenAggregate
from .tally import TallyAggregate

OF_A_RING = ("count", "sum", "mean", "max", "ratio", "zscore")
OF_SEEN = ("distinct", "first_seen")


class Plan:
    """The aggregates of an entity's features, in the order in which they are first needed."""

    def __init__(self, fields: Fields, location: tuple[str, str] | None) -> None:
        self._fields, self._location = fields, location
        self._rings: dict[tuple[int, Where | None], RingAggregate] = {}
        self._seen: dict[str, SeenAggregate] = {}
        self._tallies: dict[tuple[str, int], TallyAggregate] = {}
        self._lasts: dict[Where | None, LastAggregate] = {}

    def add(self, feature: Feature, slot: int) -> None:
        """Read a feature into a place of the row."""
        if feature.kind in OF_A_RING:
            self._ring(feature).add(feature, slot)
        elif feature.kind in OF_SEEN:
            self._seen_of(str(feature.of)).add(feature, slot)
        elif feature.kind == "share":
            self._tally(str(feature.of), feature.window_ms).add(slot)
        else:
            self._last(feature).add(feature, slot)

    def _ring(self, feature: Feature) -> RingAggregate:
        key = feature.window_ms, feature.where
        return self._rings.setdefault(key, RingAggregate(*key, self._fields))

    def _seen_of(self, field: str) -> SeenAggregate:
        return self._seen.setdefault(field, SeenAggregate(self._fields.text(field)))

    def _tally(self, field: str, window_ms: int) -> TallyAggregate:
        new = TallyAggregate(self._fields.text(field), window_ms)
        return self._tallies.setdefault((field, window_ms), new)

    def _last(self, feature: Feature) -> LastAggregate:
        new = LastAggregate(feature.where, self._fields, self._location)
        return self._lasts.setdefault(feature.where, new)

    @property
    def memory_ms(self) -> int:
        """The longest window, 30 days where there is none: an entity without an event for as long is as good as new."""
        windowed: Sequence[RingAggregate | SeenAggregate | TallyAggregate] = [
            *self._rings.values(),
            *self._seen.values(),
            *self._tallies.values(),
        ]
        return max((aggregate.window_ms for aggregate in windowed), default=MAX_WINDOW_MS)

    def fresh(self) -> State:
        """The state of an entity that was never seen."""
        rings = [ring.fresh() for ring in self._rings.values()]
        tallies = [Tally([], [], {}) for _ in self._tallies]
        return State(-1, 0, rings, [{} for _ in self._seen], tallies, [Last(-1, []) for _ in self._lasts])

    def compiled(self) -> tuple[Advance, ...]:
        """How an event advances each aggregate of a state."""
        advances = [ring.compiled(at) for at, ring in enumerate(self._rings.values())]
        advances += [seen.compiled(at) for at, seen in enumerate(self._seen.values())]
        advances += [tally.compiled(at) for at, tally in enumerate(self._tallies.values())]
        memory_ms = self.memory_ms
        return (*advances, *(last.compiled(at, memory_ms) for at, last in enumerate(self._lasts.values())))
