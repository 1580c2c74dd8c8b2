"""A handful of features in plain pandas, to see whether the frauds can be learnt."""

import numpy as np
import pandas as pd

from lakeloop_datasets.cards.world.places import distance_km


def features(transactions: pd.DataFrame) -> pd.DataFrame:
    """One row for each payment, of what was known when it was made."""
    of_card = transactions.groupby("card_id")
    before = of_card[["latitude", "longitude"]].shift()
    here = (transactions[name].to_numpy() for name in ("latitude", "longitude"))
    seconds = of_card["event_time"].diff().dt.total_seconds()
    distance = distance_km(*before.to_numpy().T, *here)
    mean = of_card["amount"].transform(lambda amount: amount.shift().expanding().mean())
    met = transactions.groupby(["card_id", "merchant_category"]).cumcount()
    return pd.DataFrame(
        {
            "amount": transactions["amount"],
            "ratio": transactions["amount"] / mean,
            "round": transactions["amount"] % 10 == 0,
            "hour": transactions["event_time"].dt.hour,
            "category": transactions["merchant_category"].astype("category").cat.codes,
            "channel": transactions["channel"].astype("category").cat.codes,
            "seconds": seconds,
            "distance": distance,
            "speed": distance / np.maximum(seconds, 60) * 3600,
            "met": met,
            "card_hour": counts(transactions, "card_id", "1h"),
            "card_day": counts(transactions, "card_id", "24h"),
            "merchant_day": counts(transactions, "merchant_id", "24h"),
        }
    )


def counts(transactions: pd.DataFrame, key: str, window: str) -> np.ndarray:
    """Payments of the same key in the window before each."""
    indexed = transactions.assign(one=1.0, row=np.arange(len(transactions))).set_index("event_time")
    rolled = indexed.groupby(key, sort=False)[["one"]].rolling(window, closed="left").sum()
    order = indexed.groupby(key, sort=False)["row"].apply(lambda rows: rows).to_numpy()
    answer = np.empty(len(transactions))
    answer[order] = rolled["one"].fillna(0.0).to_numpy()
    return answer
