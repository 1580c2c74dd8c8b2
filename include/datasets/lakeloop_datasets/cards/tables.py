"""Payments with their names, as the outside sees them."""

import numpy as np
import pandas as pd

from .events import DAY_S, Channel, Events
from .world import World, categories
from .world.places import COUNTRY

CHANNELS = np.array([channel.name.lower() for channel in Channel], dtype=object)


def transactions(world: World, events: Events) -> pd.DataFrame:
    """One row for each payment; `events` are sorted by time and whole days.

    Names number the payments of a day, so that they do not depend on which other days there are.
    """
    return pd.DataFrame(
        {
            "transaction_id": _ids(events.second),
            "card_id": _named("C", 6, len(world.cards.rate))[events.card],
            "merchant_id": _named("M", 4, len(world.merchants.size))[events.merchant],
            "merchant_category": np.array(categories.NAMES, dtype=object)[
                world.merchants.category[events.merchant]
            ],
            "amount": events.amount,
            "channel": CHANNELS[events.channel],
            "latitude": np.round(events.latitude, 5),
            "longitude": np.round(events.longitude, 5),
            "country": COUNTRY[events.city],
            "event_time": _time(events.second),
        }
    )


def _named(letter: str, digits: int, count: int) -> np.ndarray:
    return np.array([f"{letter}{number:0{digits}d}" for number in range(count)], dtype=object)


def _ids(second: np.ndarray) -> np.ndarray:
    days, starts = np.unique(np.floor(second / DAY_S).astype(int), return_index=True)
    counts = np.diff([*starts, len(second)])
    named = (np.datetime64(int(day), "D").item().strftime("T%Y%m%d") for day in days)
    ids = [f"{day}{n:06d}" for day, count in zip(named, counts, strict=True) for n in range(count)]
    return np.array(ids, dtype=object)


def _time(second: np.ndarray) -> pd.Series:
    at = pd.to_datetime(np.round(second * 1000).astype(np.int64), unit="ms", utc=True)
    return pd.Series(at.astype("datetime64[ms, UTC]"))
