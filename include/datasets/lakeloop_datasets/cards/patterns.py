"""What one fraud looks like, by kind; docs/fraud-process.md describes them."""

import numpy as np

from .events import DAY_S, Channel, Events, Kind, cents, milliseconds
from .spending import CONTACTLESS_EUR, anywhere
from .world import NET, World, near
from .world import categories as kinds
from .world.places import BETWEEN_KM, CITIES, UTC_OFFSET

FAR_KM = 400.0
SMALL_ONLINE = kinds.indexes("digital", "digital", "marketplace", "transport")
RESOLD = kinds.indexes("electronics", "fashion", "jewellery", "marketplace")
RESOLD_IN_SHOPS = kinds.indexes("electronics", "fashion", "fashion", "jewellery", "grocery")
TAKEN_OVER = kinds.indexes("electronics", "marketplace", "marketplace", "travel", "digital", "fashion")
RELAYED = kinds.indexes("grocery", "fuel", "pharmacy", "restaurant")
COLLUDING = kinds.indexes("entertainment", "restaurant", "jewellery", "electronics", "fuel")


def velocity(rng: np.random.Generator, world: World, midnight: int) -> Events:
    """Card testing: small online payments minutes apart and, if they pass, large ones."""
    card = _any_card(rng, world, world.cards.online)
    tests, hits = 3 + rng.poisson(3.0), int(rng.random() < 0.8) + int(rng.random() < 0.3)
    category = np.concatenate([rng.choice(SMALL_ONLINE, tests), rng.choice(RESOLD, hits)])
    amount = np.concatenate([rng.lognormal(1.4, 0.8, tests), rng.lognormal(6.2, 0.5, hits)])
    gaps = np.concatenate([rng.exponential(rng.lognormal(5.0, 1.0), tests), rng.exponential(1500, hits)])
    second = midnight + rng.uniform(0, DAY_S) + np.cumsum(gaps)
    return _online(rng, world, card, category, amount, second, 0.45, Kind.VELOCITY)


def geography(rng: np.random.Generator, world: World, midnight: int) -> Events:
    """A copy of the card is used in shops far away, while its holder goes on at home."""
    card = _any_card(rng, world, world.cards.rate)
    count = 1 + rng.poisson(1.2)
    home = world.cards.city[card]
    city = np.full(count, rng.choice(np.flatnonzero(BETWEEN_KM[home] > FAR_KM)))
    category = rng.choice(RESOLD_IN_SHOPS, count)
    amount = kinds.MEDIAN[category] * rng.lognormal(1.3, 0.6, count)
    hour = np.mod(rng.normal(15, 4) - UTC_OFFSET[city[0]], 24)
    second = midnight + hour * 3600 + np.cumsum(rng.exponential(2400, count))
    merchant = anywhere(rng, world, city, category)
    return _in_shops(rng, world, np.full(count, card), merchant, amount, second, Kind.GEOGRAPHY)


def collusion(rng: np.random.Generator, world: World, midnight: int) -> Events:
    """For some nights a merchant charges round amounts to cards that it has seen."""
    found = np.flatnonzero(np.isin(world.merchants.category, COLLUDING) & (world.merchants.city != NET))
    homes = np.bincount(world.cards.city, minlength=len(CITIES))[world.merchants.city[found]]
    merchant = rng.choice(found, p=homes / homes.sum())
    city = world.merchants.city[merchant]
    per_night = 1 + rng.poisson(2.0, rng.integers(2, 5))
    customers = np.flatnonzero(world.cards.city == city)
    night = np.repeat(np.arange(len(per_night)), per_night)
    card = rng.choice(customers, len(night))
    amount = rng.choice([40, 50, 60, 80, 100, 120, 150, 200, 250], len(night)).astype(float)
    hour = rng.uniform(0.5, 5.5, len(night)) - UTC_OFFSET[city]
    second = midnight + DAY_S * (night + 1) + hour * 3600
    where = np.full(len(night), merchant)
    return _in_shops(rng, world, card, where, amount, second, Kind.COLLUSION)


def takeover(rng: np.random.Generator, world: World, midnight: int) -> Events:
    """For hours or days somebody else buys: other categories, larger amounts, online."""
    card = _any_card(rng, world, world.cards.online)
    count, hours = 3 + rng.poisson(3), rng.lognormal(2.3, 0.9)
    category = rng.choice(TAKEN_OVER, count)
    amount = kinds.MEDIAN[category] * world.cards.wealth[card] * rng.lognormal(1.4, 0.7, count)
    offset = np.sort(rng.uniform(0, min(hours, 90.0), count)) * 3600
    second = midnight + rng.uniform(0, DAY_S) + offset
    return _online(rng, world, card, category, amount, second, 0.3, Kind.TAKEOVER)


def relay(rng: np.random.Generator, world: World, midnight: int) -> Events:
    """A stolen card pays just below the limit of contactless payments, in its holder's own city."""
    card = _any_card(rng, world, world.cards.rate)
    count = 4 + rng.poisson(3)
    city = np.full(count, world.cards.city[card])
    amount = rng.uniform(0.8, 0.999, count) * CONTACTLESS_EUR
    second = midnight + rng.uniform(7, 20) * 3600 + np.cumsum(rng.exponential(900, count))
    merchant = anywhere(rng, world, city, rng.choice(RELAYED, count))
    return _in_shops(rng, world, np.full(count, card), merchant, amount, second, Kind.RELAY)


def _any_card(rng: np.random.Generator, world: World, weight: np.ndarray) -> int:
    return int(rng.choice(len(weight), p=weight / weight.sum()))


def _online(
    rng: np.random.Generator,
    world: World,
    card: int,
    category: np.ndarray,
    amount: np.ndarray,
    second: np.ndarray,
    abroad: float,
    kind: Kind,
) -> Events:
    """Payments on the net; with the probability `abroad` from a session in another city, which stays the same."""
    count = len(amount)
    elsewhere = rng.random() < abroad
    city = np.full(count, rng.choice(len(CITIES)) if elsewhere else world.cards.city[card])
    latitude, longitude = near(rng, city[:1], 6.0)
    return Events(
        card=np.full(count, card),
        merchant=anywhere(rng, world, np.full(count, NET), category),
        amount=cents(amount),
        channel=np.full(count, Channel.ONLINE),
        city=city,
        latitude=np.full(count, latitude[0]),
        longitude=np.full(count, longitude[0]),
        second=milliseconds(second),
        kind=np.full(count, kind),
    )


def _in_shops(
    rng: np.random.Generator,
    world: World,
    card: np.ndarray,
    merchant: np.ndarray,
    amount: np.ndarray,
    second: np.ndarray,
    kind: Kind,
) -> Events:
    contactless = (amount < CONTACTLESS_EUR) & (rng.random(len(amount)) < 0.8)
    return Events(
        card=card,
        merchant=merchant,
        amount=cents(amount),
        channel=np.where(contactless, Channel.CONTACTLESS, Channel.CHIP),
        city=world.merchants.city[merchant],
        latitude=world.merchants.latitude[merchant],
        longitude=world.merchants.longitude[merchant],
        second=milliseconds(second),
        kind=np.full(len(amount), kind),
    )
