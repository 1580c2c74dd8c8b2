"""What each kind of feature takes; anything else is refused."""

from typing import NamedTuple


class Needs(NamedTuple):
    """Whether a kind must have (True), may have (None) or must not have (False) a part."""

    entity: bool
    of: bool = False
    window: bool = False
    where: bool | None = False
    values: bool = False
    by: bool = False
    location: bool = False


NEEDS = {
    "value": Needs(entity=False, of=True),
    "remainder": Needs(entity=False, of=True, by=True),
    "category": Needs(entity=False, of=True, values=True),
    "hour": Needs(entity=False),
    "weekday": Needs(entity=False),
    "count": Needs(entity=True, window=True, where=None),
    "sum": Needs(entity=True, of=True, window=True, where=None),
    "mean": Needs(entity=True, of=True, window=True, where=None),
    "max": Needs(entity=True, of=True, window=True, where=None),
    "ratio": Needs(entity=True, of=True, window=True, where=None),
    "zscore": Needs(entity=True, of=True, window=True, where=None),
    "distinct": Needs(entity=True, of=True, window=True),
    "first_seen": Needs(entity=True, of=True, window=True),
    "share": Needs(entity=True, of=True, window=True),
    "seconds_since_last": Needs(entity=True, where=None),
    "distance_km": Needs(entity=True, where=None, location=True),
    "speed_kmh": Needs(entity=True, where=None, location=True),
}
