"""Days of card payments, from the world to the tables."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from .drift import Drift, conditions
from .events import Events, Kind, concatenated
from .fraud import frauds
from .labels import reports
from .spending import spending
from .tables import transactions
from .world import World, whereabouts, world

CARDS = 1200
KINDS = np.array([kind.name.lower() for kind in Kind], dtype=object)


@dataclass(frozen=True)
class Cards:
    """What `generate` makes.

    Attributes:
        transactions: sorted by event_time; transaction_id, card_id, merchant_id, merchant_category, amount (EUR),
            channel (chip, contactless, online), latitude and longitude (degrees, of the shop or of the session),
            country (ISO 3166-1), event_time (UTC, ms).
        reports: what had been reported by the end of the last day, sorted by reported_at; transaction_id,
            reported_at (UTC, ms), kind (cardholder, issuer, merchant: who reports).
        truth: for analysis only, never for a model; transaction_id and kind of each fraud, reported or not.
    """

    transactions: pd.DataFrame
    reports: pd.DataFrame
    truth: pd.DataFrame


def generate(first: date, days: int, seed: int = 17, cards: int = CARDS, drift: Drift | None = None) -> Cards:
    """The payments of `days` days from `first` on (UTC); docs/fraud-process.md describes the process.

    What happens on a day depends on `seed`, `cards`, `drift` and the day alone: not on `first` and `days`.

    Raises:
        ValueError: no day or no card is asked for.
    """
    if days < 1 or cards < 1:
        raise ValueError(f"days is {days} and cards is {cards}; both are at least 1")
    made = world(seed, cards)
    events = _sorted(concatenated([*_honest(made, first, days, drift), frauds(made, first, days, drift)]))
    table = transactions(made, events)
    told = reports(seed, table, events.kind, events.second)
    end = pd.Timestamp(first + timedelta(days=days), tz="UTC")
    fraudulent = events.kind != Kind.HONEST
    truth = {"transaction_id": table["transaction_id"][fraudulent], "kind": KINDS[events.kind[fraudulent]]}
    return Cards(table, told[told["reported_at"] < end], pd.DataFrame(truth).reset_index(drop=True))


def _honest(made: World, first: date, days: int, drift: Drift | None) -> list[Events]:
    cities = whereabouts(made, first, days)
    every = (first + timedelta(days=offset) for offset in range(days))
    return [spending(made, day, cities[i : i + 2], conditions(drift, day)) for i, day in enumerate(every)]


def _sorted(events: Events) -> Events:
    return events.take(np.lexsort((events.merchant, events.card, events.second)))
