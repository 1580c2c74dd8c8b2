"""What honest cards buy on one day (UTC)."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from .drift import Conditions
from .events import DAY_S, Channel, Events, Kind, cents, midnight, milliseconds
from .streams import Purpose, pick, stream
from .world import FAVOURITES, NET, World, near
from .world import categories as kinds
from .world.places import HOME_WEIGHT, UTC_OFFSET

CONTACTLESS_EUR = 50.0  # limit of a payment
CONTACTLESS = 0.8  # share below the limit
FAITHFUL = 0.75  # share of payments at a favourite, where the card is at home
SPREES = 0.005  # a card and day: several shops within an hour or two
DIGITAL_BURSTS = 0.0015  # a card and day: several small payments online within minutes
DEAR = 0.002  # share of payments that are several times as large as usual
ABROAD_ONLINE = 0.012  # share of online sessions that seem to come from somewhere else (VPN, roaming)
TRAVEL_S = (10 * 3600, 20 * 3600)  # nothing is bought while a card changes its city
LATEST_BURST_S = DAY_S - 7200


@dataclass(frozen=True)
class Wish:
    """Who wants to buy what, at which second of the day (UTC)."""

    card: np.ndarray
    category: np.ndarray
    second: np.ndarray

    def take(self, index: np.ndarray) -> "Wish":
        """The rows of an index or a mask."""
        return Wish(self.card[index], self.category[index], self.second[index])


def spending(world: World, day: date, cities: np.ndarray, holds: Conditions) -> Events:
    """The honest payments of a day.

    Args:
        cities: where cards ended the day before and end this day, shape [2, cards].
    """
    rng = stream(world.seed, Purpose.SPENDING, day)
    parts = [_habits(rng, world, day), _sprees(rng, world), _digital_bursts(rng, world)]
    wish = Wish(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("card", "category", "second"))
    )
    moves = (cities[0] != cities[1])[wish.card]
    wish = wish.take(~(moves & (wish.second >= TRAVEL_S[0]) & (wish.second < TRAVEL_S[1])))
    arrived = (wish.second >= TRAVEL_S[1]).astype(int)
    moves = (cities[0] != cities[1])[wish.card]
    city = cities[np.where(moves, arrived, 1), wish.card]
    return _settled(rng, world, day, wish, city, holds)


def _habits(rng: np.random.Generator, world: World, day: date) -> Wish:
    cards = world.cards
    season = 1 + kinds.SWING * np.cos(2 * np.pi * (day.timetuple().tm_yday - kinds.BUSY_DAY) / 365.25)
    weekend = kinds.SATURDAY if day.weekday() >= 5 else (7 - 2 * kinds.SATURDAY) / 5
    taste = cards.taste * season * weekend
    card = np.repeat(np.arange(len(cards.rate)), rng.poisson(cards.rate * taste.sum(axis=1)))
    category = pick(rng, np.cumsum(taste, axis=1)[card])
    peak = kinds.PEAKS[category, rng.integers(0, 2, len(card))]
    local = rng.normal(peak + cards.later[card], kinds.SPREAD[category])
    return Wish(card, category, _utc_second(local, cards.city[card]))


def _sprees(rng: np.random.Generator, world: World) -> Wish:
    chosen = np.flatnonzero(rng.random(len(world.cards.rate)) < SPREES)
    start = _utc_second(rng.normal(15, 3, len(chosen)), world.cards.city[chosen])
    wanted = kinds.indexes("fashion", "fashion", "grocery", "restaurant", "home", "electronics", "pharmacy")
    return _burst(rng, chosen, start, 3 + rng.poisson(1.2, len(chosen)), 1500.0, wanted)


def _digital_bursts(rng: np.random.Generator, world: World) -> Wish:
    likely = DIGITAL_BURSTS * world.cards.online
    chosen = np.flatnonzero(rng.random(len(likely)) < likely)
    start = _utc_second(rng.normal(20, 4, len(chosen)), world.cards.city[chosen])
    wanted = kinds.indexes("digital", "digital", "digital", "marketplace")
    return _burst(rng, chosen, start, 3 + rng.poisson(1.5, len(chosen)), 150.0, wanted)


def _burst(
    rng: np.random.Generator,
    cards: np.ndarray,
    start: np.ndarray,
    size: np.ndarray,
    gap_s: float,
    among: np.ndarray,
) -> Wish:
    card = np.repeat(cards, size)
    gaps = rng.exponential(gap_s, len(card))
    before = np.repeat(np.cumsum(np.bincount(np.repeat(np.arange(len(size)), size), gaps, len(size))), size)
    own = np.repeat(np.bincount(np.repeat(np.arange(len(size)), size), gaps, len(size)), size)
    since = np.cumsum(gaps) - (before - own)
    second = np.minimum(np.repeat(np.minimum(start, LATEST_BURST_S), size) + since, DAY_S - 1)
    return Wish(card, rng.choice(among, len(card)), second)


def _utc_second(local_hour: np.ndarray, city: np.ndarray) -> np.ndarray:
    return np.mod((local_hour - UTC_OFFSET[city]) * 3600, DAY_S)


def _settled(
    rng: np.random.Generator, world: World, day: date, wish: Wish, city: np.ndarray, holds: Conditions
) -> Events:
    inclined = world.cards.online[wish.card] * holds.online
    online = rng.random(len(wish.card)) < 1 - (1 - kinds.ONLINE[wish.category]) ** inclined
    merchant = _merchant(rng, world, wish, np.where(online, NET, city), online)
    amount = _amount(rng, world, wish, merchant) * holds.prices
    contactless = (amount < CONTACTLESS_EUR) & (rng.random(len(amount)) < CONTACTLESS)
    channel = np.where(online, Channel.ONLINE, np.where(contactless, Channel.CONTACTLESS, Channel.CHIP))
    city, latitude, longitude = _place(rng, world, wish.card, merchant, city, online)
    second = milliseconds(midnight(day) + wish.second)
    kind = np.full(len(second), Kind.HONEST)
    return Events(wish.card, merchant, cents(amount), channel, city, latitude, longitude, second, kind)


def _merchant(
    rng: np.random.Generator, world: World, wish: Wish, where: np.ndarray, online: np.ndarray
) -> np.ndarray:
    slot = np.minimum(rng.geometric(0.45, len(where)) - 1, FAVOURITES - 1)
    favourite = world.cards.favourites[wish.card, online.astype(int), wish.category, slot]
    any_there = anywhere(rng, world, where, wish.category)
    at_home = online | (where == world.cards.city[wish.card])
    return np.where(at_home & (rng.random(len(where)) < FAITHFUL), favourite, any_there)


def anywhere(rng: np.random.Generator, world: World, where: np.ndarray, category: np.ndarray) -> np.ndarray:
    """A merchant of the category in each city (NET: online), by size."""
    slot = pick(rng, world.merchants.cumulative[where, category])
    return world.merchants.there[where, category, np.minimum(slot, world.merchants.there.shape[2] - 1)]


def _amount(rng: np.random.Generator, world: World, wish: Wish, merchant: np.ndarray) -> np.ndarray:
    level = kinds.MEDIAN[wish.category] * world.cards.wealth[wish.card] * world.merchants.price[merchant]
    amount = level * np.exp(rng.normal(0, kinds.SIGMA[wish.category]))
    amount = amount * np.where(rng.random(len(amount)) < DEAR, rng.uniform(3, 6, len(amount)), 1)
    rounded = rng.random(len(amount)) < kinds.ROUNDED[wish.category]
    return np.where(rounded, np.maximum(np.round(amount / 5), 1) * 5, amount)


def _place(
    rng: np.random.Generator,
    world: World,
    card: np.ndarray,
    merchant: np.ndarray,
    city: np.ndarray,
    online: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the shop, or of the session: where the card is, or seems to be."""
    hidden = online & (rng.random(len(card)) < ABROAD_ONLINE)
    city = np.where(hidden, rng.choice(len(HOME_WEIGHT), len(card)), city)
    latitude, longitude = near(rng, city, 6.0)
    shops = world.merchants
    return (
        city,
        np.where(online, latitude, shops.latitude[merchant]),
        np.where(online, longitude, shops.longitude[merchant]),
    )
