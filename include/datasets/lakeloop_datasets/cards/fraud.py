"""How often frauds begin, and which of their payments fall on which days."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from . import patterns
from .drift import Conditions, Drift, conditions
from .events import Events, Kind, concatenated, midnight
from .streams import Purpose, stream
from .world import World

LONGEST = 6  # days that a fraud lasts at most, the one it begins on included
CARDS = 1200  # for which the rates hold

Pattern = Callable[[np.random.Generator, World, int], Events]
PATTERNS: dict[Kind, tuple[Purpose, Pattern, float]] = {  # a day and 1,200 cards
    Kind.VELOCITY: (Purpose.VELOCITY, patterns.velocity, 0.28),
    Kind.GEOGRAPHY: (Purpose.GEOGRAPHY, patterns.geography, 0.85),
    Kind.COLLUSION: (Purpose.COLLUSION, patterns.collusion, 0.16),
    Kind.TAKEOVER: (Purpose.TAKEOVER, patterns.takeover, 0.36),
    Kind.RELAY: (Purpose.RELAY, patterns.relay, 0.0),
}


def frauds(world: World, first: date, days: int, drift: Drift | None) -> Events:
    """All fraudulent payments of the days, whenever the fraud began."""
    begun: list[Events] = []
    for offset in range(1 - LONGEST, days):
        day = first + timedelta(days=offset)
        for kind in PATTERNS:
            begun.extend(_begun(world, day, kind, conditions(drift, day)))
    if not begun:
        return _none()
    events = concatenated(begun)
    since = midnight(first)
    return events.take((events.second >= since) & (events.second < since + days * 86_400))


def _begun(world: World, day: date, kind: Kind, holds: Conditions) -> list[Events]:
    purpose, pattern, rate = PATTERNS[kind]
    rng = stream(world.seed, purpose, day)
    factor = holds.mix.get(kind.name.lower(), 1.0)
    often = (rate * factor if kind != Kind.RELAY else holds.relay) * len(world.cards.rate) / CARDS
    return [pattern(rng, world, midnight(day)) for _ in range(rng.poisson(often))]


def _none() -> Events:
    numbers = np.empty(0, dtype=np.int64)
    real = np.empty(0)
    return Events(numbers, numbers, real, numbers, numbers, real, real, real, numbers)
