"""Random numbers by purpose and day.

Each day draws from generators of its own, so that what happens on a day depends on the seed, the world and the day, and
never on which other days are made.
"""

from datetime import date
from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What random numbers are for; a purpose added later changes none of the others."""

    MERCHANTS = 1
    CARDS = 2
    TRIPS = 3
    SPENDING = 4
    VELOCITY = 5
    GEOGRAPHY = 6
    COLLUSION = 7
    TAKEOVER = 8
    RELAY = 9
    REPORTS = 10


def stream(seed: int, purpose: Purpose, day: date | None = None) -> np.random.Generator:
    """The generator of a purpose, and of a day where it has days."""
    return np.random.default_rng([seed, purpose, day.toordinal() if day else 0])


def pick(rng: np.random.Generator, cumulative: np.ndarray) -> np.ndarray:
    """One column for each row of cumulative probabilities, of shape [rows, choices] -> [rows]."""
    drawn = rng.random((len(cumulative), 1)) * cumulative[:, -1:]
    return (drawn >= cumulative).sum(axis=1)
