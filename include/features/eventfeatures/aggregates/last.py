"""When and where the newest event of an entity was."""

from math import asin, cos, radians, sin, sqrt

from ..definition import Feature, Where
from ..fields import Fields
from ..state import Last, State
from .advance import NAN, Advance, condition

EARTH_KM = 6371.0088  # mean radius, IUGG
SHORTEST_S = 1.0  # that a speed is computed with


class LastAggregate:
    """The newest event that a condition holds for, kept for as long as the entity is."""

    def __init__(self, where: Where | None, fields: Fields, location: tuple[str, str] | None) -> None:
        self._condition = condition(where, fields)
        self._place = [fields.number(field) for field in location or ()]
        self._slots: dict[str, list[int]] = {"seconds_since_last": [], "distance_km": [], "speed_kmh": []}

    def add(self, feature: Feature, slot: int) -> None:
        """Read a feature into a place of the row."""
        self._slots[feature.kind].append(slot)

    def compiled(self, index: int, memory_ms: int) -> Advance:
        """How an event advances ``state.lasts[index]``."""
        seconds, distances, speeds = (tuple(slots) for slots in self._slots.values())
        place, (text, equals) = tuple(self._place), self._condition

        def advance(state: State, at: int, numbers: list[float], texts: list[str], row: list[float]) -> None:
            last = state.lasts[index]
            if last.at <= at - memory_ms:
                last = state.lasts[index] = Last(-1, [])
            here, known = [numbers[number] for number in place], last.at >= 0
            elapsed = (at - last.at) / 1000 if known else NAN
            for slot in seconds:
                row[slot] = elapsed
            if distances or speeds:
                distance = haversine_km(*last.place, *here) if known else NAN
                for slot in distances:
                    row[slot] = distance
                for slot in speeds:
                    row[slot] = distance / max(elapsed, SHORTEST_S) * 3600
            if text < 0 or texts[text] == equals:
                last.at, last.place = at, here

        return advance


def haversine_km(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Great-circle distance of two points in degrees, by the haversine formula."""
    a, b = radians(latitude), radians(to_latitude)
    chord = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(to_longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))
