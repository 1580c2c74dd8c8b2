"""The features of churn once more: in pandas, from the tables as they were delivered, and with no line of dbt's SQL.

Weeks are 0-based and end on Saturday by the clock of New York; days are counted from 2017-01-01.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

FIRST_DAY = pd.Timestamp("2017-01-01")
TIMEZONE = "America/New_York"
FRESH = ("PRODUCE", "MEAT", "MEAT-PCKGD", "DELI", "SEAFOOD", "SEAFOOD-PCKGD", "PASTRY", "SALAD BAR", "FLORAL")
AGES = ("19-24", "25-34", "35-44", "45-54", "55-64", "65+")
INCOMES = (
    "Under 15K", "15-24K", "25-34K", "35-49K", "50-74K", "75-99K", "100-124K", "125-149K", "150-174K", "175-199K",
    "200-249K", "250K+",
)  # fmt: skip
ACTIVE, HORIZON, LONGEST = 8, 4, 26  # weeks
KEYS = ["household_id", "week"]
Tables = Mapping[str, pd.DataFrame]


def purchase_days(tables: Tables) -> pd.DataFrame:
    """One row per household and day with a purchase, in that order; `gap`: days since the one before."""
    products = tables["products"][["product_id", "department", "brand", "product_category"]]
    lines = tables["transactions"].merge(products, on="product_id", how="left")
    value, department = lines["sales_value"], lines["department"]
    lines = lines.assign(
        day=_days(
            lines["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert(TIMEZONE).dt.tz_localize(None)
        ),
        coupon=lines["coupon_disc"] + lines["coupon_match_disc"],
        private=value * (lines["brand"] == "Private"),
        fresh=value * department.isin(FRESH),
        fuel=value * (department == "FUEL"),
    )
    days = lines.groupby(["household_id", "day"]).agg(
        baskets=("basket_id", "nunique"),
        basket_lines=("product_id", "size"),
        spend=("sales_value", "sum"),
        retail=("retail_disc", "sum"),
        **{name: (name, "sum") for name in ("coupon", "private", "fresh", "fuel")},
        departments=("department", "nunique"),
        categories=("product_category", "nunique"),
    )
    days = days.reset_index()
    by_household = days.groupby("household_id")["day"]
    return days.assign(gap=by_household.diff(), first=by_household.transform("min"))


def asked(days: pd.DataFrame, newest: int) -> pd.DataFrame:
    """The questions of weeks 7 to `newest`, and whether nothing was bought in the 4 weeks after (`churned`).

    The answer means something only for weeks with 4 weeks of data behind them.
    """
    bought = pd.DataFrame({"household_id": days["household_id"], "week": days["day"] // 7}).drop_duplicates()
    active = _shifted(bought, range(ACTIVE))
    active = active[active["week"].between(ACTIVE - 1, newest)]
    returned = _shifted(bought, range(-HORIZON, 0)).assign(churned=0)
    answered = active.merge(returned, on=KEYS, how="left").fillna({"churned": 1}).astype({"churned": int})
    return answered.sort_values(["week", "household_id"], ignore_index=True)


def features(asked: pd.DataFrame, days: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Every feature of `asked` (columns household_id and week) as float64, indexed by those two, in their order."""
    seen = asked[KEYS].assign(end=7 * asked["week"] + 6).merge(days, on="household_id")
    seen = seen.assign(ago=seen["end"] - seen["day"])
    seen = seen[(seen["ago"] >= 0) & (seen["ago"] < 7 * LONGEST)].sort_values([*KEYS, "ago"])
    index = pd.MultiIndex.from_frame(asked[KEYS])
    behaviour = pd.concat([_windows(seen), _last(seen), _rhythm(seen), _mix(seen)], axis=1).reindex(index)
    deviation = behaviour["gap_std"].fillna(1).clip(lower=1)  # at least one day, also for a single gap
    behaviour["overdue"] = (behaviour["days_since_purchase"] - behaviour["gap_mean"]) / deviation
    known = [behaviour, _campaigns(asked, tables).reindex(index), _demographics(asked, tables)]
    found = pd.concat(known, axis=1).fillna({"campaigns_received": 0, "campaigns_running": 0})
    return found.astype("float64").replace([np.inf, -np.inf], np.nan)


def _windows(seen: pd.DataFrame) -> pd.DataFrame:
    """Counts and sums of the last n weeks."""
    lengths = {"baskets": (4, 13, 26), "basket_lines": (2, 4, 13, 26), "spend": (4, 8, 13, 26)}
    index = seen.groupby(KEYS).size().index
    found = {
        f"shopping_days_{n}w": _within(seen, n).size().reindex(index, fill_value=0)
        for n in (1, 2, 4, 8, 13, 26)
    }
    for measure, weeks in lengths.items():
        for n in weeks:
            found[f"{measure}_{n}w"] = _within(seen, n)[measure].sum().reindex(index, fill_value=0)
    by_week = seen.assign(weeks_ago=seen["ago"] // 7)
    for n in (8, 26):
        found[f"active_weeks_{n}w"] = _within(by_week, n)["weeks_ago"].nunique()
    return pd.DataFrame(found)


def _last(seen: pd.DataFrame) -> pd.DataFrame:
    """The last day with a purchase."""
    newest = seen.drop_duplicates(KEYS).set_index(KEYS)
    return pd.DataFrame(
        {
            "days_since_purchase": newest["ago"],
            "tenure_days": newest["end"] - newest["first"],
            "days_between_last_two": newest["gap"],
            "last_spend": newest["spend"],
            "last_basket_lines": newest["basket_lines"],
        }
    )


def _rhythm(seen: pd.DataFrame) -> pd.DataFrame:
    gaps = seen.groupby(KEYS)["gap"]
    return pd.DataFrame({"gap_mean": gaps.mean(), "gap_std": gaps.std(), "gap_max": gaps.max()})


def _mix(seen: pd.DataFrame) -> pd.DataFrame:
    """What is bought, as shares of all that was bought in the longest window."""
    by_row = seen.groupby(KEYS)
    summed = ["spend", "basket_lines", "retail", "coupon", "private", "fresh", "fuel"]
    total = by_row[summed].sum()
    before_discounts = total["spend"] + total["retail"] + total["coupon"]
    return pd.DataFrame(
        {
            "spend_per_day": total["spend"] / by_row.size(),
            "spend_per_line": total["spend"] / total["basket_lines"],
            "retail_discount_share": total["retail"] / before_discounts,
            "coupon_discount_share": total["coupon"] / before_discounts,
            **{f"{name}_share": total[part] / total["spend"] for name, part in _SHARES.items()},
            "departments_per_day": by_row["departments"].mean(),
            "categories_per_day": by_row["categories"].mean(),
        }
    )


_SHARES = {"private_label": "private", "fresh": "fresh", "fuel": "fuel"}


def _campaigns(asked: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Campaigns that had begun by the end of the week."""
    received = tables["campaigns"].merge(tables["campaign_descriptions"], on="campaign_id")
    known = asked[KEYS].assign(end=7 * asked["week"] + 6).merge(received, on="household_id")
    known = known.assign(
        age=known["end"] - _days(known["start_date"]), left=_days(known["end_date"]) - known["end"]
    )
    begun = known[known["age"] >= 0]
    by_row = begun.assign(running=begun["left"] > 0).groupby(KEYS)
    return pd.DataFrame(
        {
            "campaigns_received": by_row.size(),
            "campaigns_running": by_row["running"].sum(),
            "days_since_campaign": by_row["age"].min(),
        }
    )


def _demographics(asked: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    known = tables["demographics"].set_index("household_id").reindex(asked["household_id"]).astype(object)
    found = {
        "has_demographics": asked["household_id"]
        .isin(tables["demographics"]["household_id"])
        .astype(int)
        .to_numpy(),
        "age_rank": _ranks(known["age"], AGES),
        "income_rank": _ranks(known["income"], INCOMES),
        "household_size_rank": known["household_size"].str[0].astype("float64").to_numpy(),
    }
    return pd.DataFrame(found, index=pd.MultiIndex.from_frame(asked[KEYS]))


def _ranks(bands: pd.Series, order: tuple[str, ...]) -> np.ndarray:
    return bands.map({band: rank for rank, band in enumerate(order, 1)}).to_numpy("float64")


def _within(seen: pd.DataFrame, weeks: int) -> "pd.api.typing.DataFrameGroupBy":
    return seen[seen["ago"] < 7 * weeks].groupby(KEYS)


def _shifted(weeks: pd.DataFrame, by: range) -> pd.DataFrame:
    return pd.concat([weeks.assign(week=weeks["week"] + n) for n in by]).drop_duplicates()


def _days(moments: pd.Series) -> pd.Series:
    return (pd.to_datetime(moments).dt.normalize() - FIRST_DAY).dt.days
