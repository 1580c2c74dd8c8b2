"""Cards and merchants, as they are from the first day on."""

from dataclasses import dataclass

import numpy as np

from ..streams import Purpose, stream
from . import categories as kinds
from .places import CITIES, HOME_WEIGHT, LATITUDE, LONGITUDE

MERCHANTS = 400
ONLINE_MERCHANTS = 60
NET = len(CITIES)  # stands for the city of an online merchant
DEGREES_KM = 111.2  # of latitude
RATE = 1.27  # payments a card and day, on average
FAVOURITES = 4


@dataclass(frozen=True)
class Merchants:
    """Columns of one length, and which merchants a category has in a city."""

    category: np.ndarray
    city: np.ndarray  # NET for an online merchant
    latitude: np.ndarray
    longitude: np.ndarray
    size: np.ndarray  # relative turnover
    price: np.ndarray  # factor on amounts
    there: np.ndarray  # [city, category, slot], index of a merchant
    cumulative: np.ndarray  # [city, category, slot], probability by size


@dataclass(frozen=True)
class Cardholders:
    """Columns of one length: the habits of cards."""

    city: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    rate: np.ndarray  # payments a day
    wealth: np.ndarray  # factor on amounts
    online: np.ndarray  # inclination, 1 is average
    later: np.ndarray  # hours that the day is shifted by
    trips: np.ndarray  # a day
    taste: np.ndarray  # [cards, categories], sums to 1
    favourites: np.ndarray  # [cards, 2 (at home, online), categories, FAVOURITES], index of a merchant


@dataclass(frozen=True)
class World:
    """All that does not change from day to day."""

    seed: int
    cards: Cardholders
    merchants: Merchants


def world(seed: int, cards: int) -> World:
    """The world of a seed; merchants do not depend on how many cards there are."""
    merchants = _merchants(stream(seed, Purpose.MERCHANTS))
    return World(seed, _cardholders(stream(seed, Purpose.CARDS), cards, merchants), merchants)


def near(rng: np.random.Generator, city: np.ndarray, km: float) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of points about `km` away from the middle of their city."""
    north, east = rng.normal(0, km / DEGREES_KM, (2, len(city)))
    return LATITUDE[city] + north, LONGITUDE[city] + east / np.cos(np.radians(LATITUDE[city]))


def _merchants(rng: np.random.Generator) -> Merchants:
    category, city = _kinds_and_cities(rng)
    latitude, longitude = near(rng, np.where(city == NET, 0, city), 4.0)
    size = rng.lognormal(0, 0.8, len(city))
    price = rng.lognormal(0, 0.2, len(city))
    there, cumulative = _by_city(category, city, size)
    return Merchants(category, city, latitude, longitude, size, price, there, cumulative)


def _kinds_and_cities(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Every category that has shops is in every city, and every one that sells online on the net."""
    offline = np.flatnonzero(kinds.ONLINE < 1)
    online = np.flatnonzero(kinds.ONLINE > 0)
    category, city = (grid.ravel() for grid in np.meshgrid(offline, np.arange(len(CITIES))))
    more = MERCHANTS - ONLINE_MERCHANTS - len(category)
    weights = kinds.WEIGHT[offline] / kinds.WEIGHT[offline].sum()
    sites = np.concatenate([online, rng.choice(online, ONLINE_MERCHANTS - len(online))])
    drawn = rng.choice(offline, more, p=weights), rng.choice(len(CITIES), more, p=HOME_WEIGHT)
    return (
        np.concatenate([category, drawn[0], sites]),
        np.concatenate([city, drawn[1], np.full(len(sites), NET)]),
    )


def _by_city(category: np.ndarray, city: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    group = city * len(kinds.NAMES) + category
    slots = np.bincount(group).max()
    there = np.zeros((NET + 1, len(kinds.NAMES), slots), dtype=np.int64)
    weight = np.zeros(there.shape)
    for key in np.unique(group):
        found = np.flatnonzero(group == key)
        at = divmod(int(key), len(kinds.NAMES))
        there[at][: len(found)], weight[at][: len(found)] = found, size[found]
    total = np.maximum(weight.sum(axis=2, keepdims=True), 1e-12)
    return there, np.cumsum(weight / total, axis=2)


def _cardholders(rng: np.random.Generator, count: int, merchants: Merchants) -> Cardholders:
    city = rng.choice(len(CITIES), count, p=HOME_WEIGHT)
    latitude, longitude = near(rng, city, 6.0)
    taste = rng.gamma(4 * len(kinds.NAMES) * kinds.WEIGHT, size=(count, len(kinds.NAMES))) + 1e-3
    return Cardholders(
        city=city,
        latitude=latitude,
        longitude=longitude,
        rate=RATE * rng.gamma(3, 1 / 3, count),
        wealth=rng.lognormal(0, 0.35, count),
        online=rng.gamma(4, 1 / 4, count),
        later=rng.normal(0, 1.2, count),
        trips=rng.gamma(1.2, 1 / 1.2, count) * 5 / 365,
        taste=taste / taste.sum(axis=1, keepdims=True),
        favourites=_favourites(rng, city, merchants),
    )


def _favourites(rng: np.random.Generator, city: np.ndarray, merchants: Merchants) -> np.ndarray:
    """Shops at home and sites on the net: by size, some of them twice."""
    where = np.stack([city, np.full(len(city), NET)], axis=1)
    cumulative = merchants.cumulative[where][..., None, :]  # [cards, 2, categories, 1, slots]
    drawn = rng.random((*cumulative.shape[:3], FAVOURITES, 1))
    slot = np.minimum((drawn >= cumulative).sum(axis=-1), merchants.there.shape[2] - 1)
    return np.take_along_axis(merchants.there[where], slot, axis=3)
