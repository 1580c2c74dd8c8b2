"""A definition after it was checked."""

from dataclasses import dataclass

MIN_WINDOW_MS = 60_000
MAX_WINDOW_MS = 30 * 86_400_000


@dataclass(frozen=True)
class Where:
    """Only events whose `field` is `equals` count."""

    field: str
    equals: str


@dataclass(frozen=True)
class Feature:
    """One number of each event; what a kind takes stands in `kinds.NEEDS`."""

    name: str
    kind: str
    entity: str | None = None
    of: str | None = None  # a field of the event
    window_ms: int = 0
    where: Where | None = None
    by: float = 0.0  # divisor of a remainder
    values: tuple[str, ...] = ()  # of a declared category, in the order of their numbers


@dataclass(frozen=True)
class Definition:
    """Fields of events, entities, and features in the order of their columns.

    Attributes:
        time: field with the time of the event.
        id: field with the event's name, which orders events of the same time and joins features to events.
        entities: field with the key, by the entity's name.
        location: fields with latitude and longitude in degrees, where events have a place.
    """

    time: str
    id: str
    entities: dict[str, str]
    features: tuple[Feature, ...]
    location: tuple[str, str] | None = None
