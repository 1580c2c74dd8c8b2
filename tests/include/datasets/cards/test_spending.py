"""Honest cards have habits, seasons and journeys that are possible."""

import numpy as np
import pandas as pd

from lakeloop_datasets.cards import Cards, generate
from lakeloop_datasets.cards.world.places import distance_km

from .conftest import FIRST

FASTEST_KMH = 1000.0
NEAR_KM = 100.0


def impossible(in_shops: pd.DataFrame) -> pd.Series:
    """Whether a card was in another shop far away too short a time before."""
    ordered = in_shops.sort_values(["card_id", "event_time"], kind="stable")
    here, there = (
        frame[["latitude", "longitude"]].to_numpy().T
        for frame in (ordered, ordered.groupby("card_id")[["latitude", "longitude"]].shift())
    )
    km = distance_km(there[0], there[1], here[0], here[1])
    hours = ordered.groupby("card_id")["event_time"].diff().dt.total_seconds() / 3600
    return (km > NEAR_KM) & (km / np.maximum(hours, 1e-6) > FASTEST_KMH)


def test_only_frauds_travel_impossibly_fast_between_shops(labelled: pd.DataFrame) -> None:
    in_shops = labelled[labelled["channel"] != "online"]

    honest_alone = impossible(in_shops[in_shops["kind"] == "honest"])
    with_geography = impossible(in_shops[in_shops["kind"].isin(["honest", "geography"])])

    assert honest_alone.sum() == 0
    assert with_geography.sum() > 25


def test_honest_cards_do_travel(labelled: pd.DataFrame) -> None:
    honest = labelled[(labelled["kind"] == "honest") & (labelled["channel"] != "online")]

    countries = honest.groupby("card_id")["country"].nunique()

    assert countries.ge(2).mean() > 0.3


def test_volume_hours_and_weekends(made: Cards) -> None:
    payments = made.transactions
    by_hour = payments.groupby(payments["event_time"].dt.hour).size()
    fashion = payments[payments["merchant_category"] == "fashion"]["event_time"].dt.weekday.value_counts()

    assert 1350 < len(payments) / 164 < 1650
    assert by_hour[18] > 5 * by_hour[2]
    assert fashion[5] > 1.5 * fashion[2]


def test_categories_have_a_season() -> None:
    december, july = (
        generate(FIRST.replace(month=month), 28)
        .transactions["merchant_category"]
        .value_counts(normalize=True)
        for month in (12, 7)
    )

    assert december["jewellery"] > 1.5 * july["jewellery"]
    assert july["restaurant"] > 1.1 * december["restaurant"]


def test_cards_keep_to_their_favourites(labelled: pd.DataFrame) -> None:
    groceries = labelled[(labelled["merchant_category"] == "grocery") & (labelled["channel"] != "online")]
    per_shop = groceries.groupby(["card_id", "merchant_id"]).size()

    favourite = per_shop.groupby("card_id").max() / per_shop.groupby("card_id").sum()

    assert favourite.median() > 0.35
