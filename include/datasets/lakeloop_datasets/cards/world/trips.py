"""Where cards are: at home, or for one to fourteen days somewhere else."""

from datetime import date, timedelta

import numpy as np

from ..streams import Purpose, pick, stream
from .places import BETWEEN_KM
from .population import World

LONGEST = 14  # days
HOLIDAYS = {7: 1.8, 8: 2.2, 12: 1.5, 4: 1.3}  # by month, against the others
CLOSE_KM = 500.0


def whereabouts(world: World, first: date, days: int) -> np.ndarray:
    """The city in which each card ends each day, from the day before `first` on; shape [days + 1, cards].

    A later trip ends an earlier one.
    """
    begin = first - timedelta(days=LONGEST)
    cities = np.tile(world.cards.city, (days + LONGEST + 1, 1))
    for offset in range(days + LONGEST):
        cards, destination, length = _begun(world, begin + timedelta(days=offset))
        for card, city, nights in zip(cards, destination, length, strict=True):
            cities[offset : offset + nights, card] = city
    return cities[LONGEST - 1 : LONGEST + days]


def _begun(world: World, day: date) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = stream(world.seed, Purpose.TRIPS, day)
    often = world.cards.trips * HOLIDAYS.get(day.month, 0.8)
    cards = np.flatnonzero(rng.random(len(often)) < often)
    home = world.cards.city[cards]
    # most trips are short and not far; the rest go anywhere
    weight = np.exp(-BETWEEN_KM[home] / CLOSE_KM) + 0.03
    weight[np.arange(len(home)), home] = 0
    destination = pick(rng, np.cumsum(weight, axis=1)) if len(home) else home
    length = np.clip(rng.geometric(0.3, len(home)), 1, LONGEST)
    return cards, destination, length
