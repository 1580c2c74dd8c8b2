"""Compares served features with what pandas makes of the delivered tables, value by value."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from lakeloop.config import load_source
from tests.dbt_project import churn_in_pandas as again

TOLERANCE = 1e-9  # sums of dollars in another order


def tables_of(rows: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> dict[str, pd.DataFrame]:
    """The delivered rows of each table of `retail` (by key) as frames, moments without a time zone in UTC."""
    tables = {}
    for name, table in load_source("retail").tables.items():
        frame = pd.DataFrame(list(rows.get(name, {}).values()))
        tables[name] = frame.reindex(columns=list(table.columns))
    at = pd.to_datetime(tables["transactions"]["transaction_timestamp"], utc=True)
    tables["transactions"]["transaction_timestamp"] = at.dt.tz_localize(None)
    return tables


def assert_same_features(served: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> None:
    """Every feature of every served row (keys household_id and as_of), and no row of those weeks is missing.

    Raises AssertionError naming the first feature that differs, with its rows.
    """
    served = served.assign(week=_weeks(served["as_of"])).set_index(again.KEYS).sort_index()
    days = again.purchase_days(tables)
    asked = again.asked(days, int(served.index.get_level_values("week").max()))
    asked = asked[
        asked["household_id"].isin(_level(served, "household_id"))
        & asked["week"].isin(_level(served, "week"))
    ]
    expected = again.features(asked, days, tables).sort_index()

    assert list(served.index) == list(expected.index)
    assert set(served.columns) - {"as_of"} == set(expected.columns)
    for feature in expected:
        pd.testing.assert_series_equal(
            served[feature].astype("float64"),
            expected[feature],
            rtol=TOLERANCE,
            atol=TOLERANCE,
            obj=str(feature),
        )


def _weeks(as_of: pd.Series) -> pd.Series:
    return (pd.to_datetime(as_of) - again.FIRST_DAY).dt.days // 7


def _level(frame: pd.DataFrame, name: str) -> Iterable[int]:
    return frame.index.get_level_values(name).unique()
