"""Payments as columns of numbers, before they get names."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import IntEnum

import numpy as np

DAY_S = 86_400
EPOCH = date(1970, 1, 1)


class Channel(IntEnum):
    """How a card was used."""

    CHIP = 0
    CONTACTLESS = 1
    ONLINE = 2


class Kind(IntEnum):
    """What a payment really was."""

    HONEST = 0
    VELOCITY = 1
    GEOGRAPHY = 2
    COLLUSION = 3
    TAKEOVER = 4
    RELAY = 5  # comes with a drift only


@dataclass(frozen=True)
class Events:
    """Columns of one length; `card`, `merchant` and `city` are indexes into the world."""

    card: np.ndarray
    merchant: np.ndarray
    amount: np.ndarray  # EUR, cents
    channel: np.ndarray
    city: np.ndarray
    latitude: np.ndarray  # degrees
    longitude: np.ndarray
    second: np.ndarray  # since 1970-01-01 UTC, whole milliseconds
    kind: np.ndarray

    def __len__(self) -> int:
        return len(self.card)

    def take(self, index: np.ndarray) -> "Events":
        """The rows of an index or a mask."""
        return Events(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


def concatenated(parts: Sequence[Events]) -> Events:
    """All rows of the parts, in their order."""
    return Events(
        **{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Events)}
    )


def midnight(day: date) -> int:
    """Seconds from 1970 to the beginning of a day, UTC."""
    return (day - EPOCH).days * DAY_S


def cents(amount: np.ndarray) -> np.ndarray:
    """Amounts in EUR as they are charged: whole cents, at least 50."""
    return np.maximum(np.round(amount, 2), 0.5)


def milliseconds(second: np.ndarray) -> np.ndarray:
    """Seconds without what is shorter than a millisecond."""
    return np.floor(second * 1000) / 1000
