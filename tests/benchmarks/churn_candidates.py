"""Features that churn does not have: what else the data hold, as they were known at the end of each week.

Each group answers one question. They are made of one row per household and day with a purchase, of campaigns and of
coupons redeemed; numbers are float32 (shape: asked rows x features).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tests.dbt_project.churn_in_pandas import FIRST_DAY, TIMEZONE

DAYS, BEFORE = 367, 1  # the first receipts lie in the last evening of 2016 by the clock of New York
LAPSE, HALF_A_YEAR = 28, 182  # days


@dataclass(frozen=True)
class Asked:
    """`household` and `day` index (households, end of week) of each asked row; `ids` of the households, sorted."""

    household: np.ndarray
    day: np.ndarray
    ids: np.ndarray

    @classmethod
    def of(cls, asked: pd.DataFrame, days: pd.DataFrame) -> "Asked":
        ids = np.unique(days["household_id"])
        return cls(np.searchsorted(ids, asked["household_id"]), 7 * asked["week"].to_numpy() + 6, ids)

    def running(
        self, household_id: pd.Series, day: pd.Series, amount: np.ndarray | float = 1.0
    ) -> np.ndarray:
        """Sum of `amount` up to each day (shape: households x days + 1)."""
        known = np.isin(household_id, self.ids) & (day >= -BEFORE) & (day < DAYS - BEFORE)
        total = np.zeros((len(self.ids), DAYS))
        amounts = np.broadcast_to(amount, len(day))[known]
        np.add.at(
            total, (np.searchsorted(self.ids, household_id[known]), day[known].to_numpy() + BEFORE), amounts
        )
        return np.concatenate([np.zeros((len(self.ids), 1)), total.cumsum(axis=1)], axis=1)

    def window(self, running: np.ndarray, days: int = DAYS, ago: int = 0) -> np.ndarray:
        """The sum of `days` days that end `ago` days before the end of the week (shape: asked rows)."""
        last = np.clip(self.day + BEFORE + 1 - ago, 0, DAYS)
        return running[self.household, last] - running[self.household, np.clip(last - days, 0, DAYS)]


def candidates(
    asked: pd.DataFrame, days: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Group to features, each indexed as `asked`; of `tables`, those of campaigns, demographics and redemptions."""
    rows = Asked.of(asked, days)
    found = {
        "earlier purchases": _earlier(rows, days),
        "rhythm of all weeks": _rhythm(rows, days),
        "own lapses so far": _lapses(rows, days),
        "week by week": _weeks(rows, days),
        "trends": _trends(rows, days),
        "coupons redeemed": _redeemed(rows, tables["coupon_redemptions"]),
        "types of campaigns": _campaigns(rows, tables),
        "more demographics": _demographics(asked, tables["demographics"]),
        "departments": _departments(rows, tables),
        "hours and weekdays": _hours(rows, tables["transactions"]),
        "stores": _stores(rows, tables["transactions"]),
    }
    return {name: pd.DataFrame(group, index=asked.index).astype("float32") for name, group in found.items()}


class _Sequence:
    """Purchase days in order: where each asked row's last one stands, and sums over all before it."""

    def __init__(self, rows: Asked, days: pd.DataFrame) -> None:
        self.day = days["day"].to_numpy("float64")
        household = np.searchsorted(rows.ids, days["household_id"])
        self.begins = np.searchsorted(household, np.arange(len(rows.ids)))
        self.number = np.arange(len(days)) - self.begins[household]
        self.first = self.begins[household]
        self.gap = days["gap"].to_numpy("float64")
        count = rows.window(rows.running(days["household_id"], days["day"])).astype(int)
        self.last = self.begins[rows.household] + count - 1
        self.since = rows.day - self.day[self.last]
        self.age = rows.day - self.day[self.begins[rows.household]]

    def sum_of(self, values: np.ndarray) -> np.ndarray:
        """Of all purchase days of the household up to its last one (shape: asked rows)."""
        running = np.concatenate([[0.0], np.nan_to_num(values).cumsum()])
        return running[self.last + 1] - running[self.first[self.last]]


def _earlier(rows: Asked, days: pd.DataFrame) -> dict[str, np.ndarray]:
    seen = _Sequence(rows, days)
    found = {}
    for number in (1, 2, 3, 4, 6, 9, 14):
        there = seen.number[seen.last] >= number
        at = seen.day[np.maximum(seen.last - number, 0)]
        found[f"days_since_purchase_{number + 1}"] = np.where(there, rows.day - at, np.nan)
    return found


def _rhythm(rows: Asked, days: pd.DataFrame) -> dict[str, np.ndarray]:
    seen = _Sequence(rows, days)
    gaps = np.maximum(seen.number[seen.last], 1)
    mean = seen.sum_of(np.log(seen.gap)) / gaps
    spread = np.sqrt(np.maximum(seen.sum_of(np.log(seen.gap) ** 2) / gaps - mean**2, 0))
    longest = days.groupby("household_id")["gap"].cummax().to_numpy()[seen.last]
    bought = seen.number[seen.last] + 1
    return {
        "log_gap_mean": mean,
        "log_gap_spread": spread,
        "overdue_log": (np.log(seen.since + 1) - mean) / np.maximum(spread, 0.3),
        "longest_gap": longest,
        "since_by_longest_gap": (seen.since + 1) / longest,
        "shopping_days_so_far": bought,
        "shopping_days_rate": bought / (seen.age + 1),
        "recency_by_age": (seen.age - seen.since)
        / np.maximum(seen.age, 1),  # t_x / T of Fader, Hardie, Lee (2005)
    }


def _lapses(rows: Asked, days: pd.DataFrame) -> dict[str, np.ndarray]:
    """How often the household stayed away for long before, and came back."""
    seen = _Sequence(rows, days)
    away = seen.sum_of(np.maximum(seen.gap - LAPSE, 0)) + np.maximum(seen.since - LAPSE, 0)
    longer = {f"gaps_of_{length}_days": seen.sum_of(seen.gap >= length) for length in (14, 21, LAPSE)}
    return longer | {"share_of_days_lapsed": away / (seen.age + 1)}


def _weeks(rows: Asked, days: pd.DataFrame) -> dict[str, np.ndarray]:
    shopped = rows.running(days["household_id"], days["day"])
    by_week = {f"shopping_days_week_{n}": rows.window(shopped, 7, 7 * n) for n in range(9)}
    return by_week | {f"shopping_days_month_{n}": rows.window(shopped, 28, 28 * n) for n in range(1, 5)}


def _trends(rows: Asked, days: pd.DataFrame) -> dict[str, np.ndarray]:
    shopped = rows.running(days["household_id"], days["day"])
    spent = rows.running(days["household_id"], days["day"], days["spend"].to_numpy())
    return {
        "days_4w_by_13w": rows.window(shopped, 28) / np.maximum(rows.window(shopped, 91), 1),
        "days_13w_more": rows.window(shopped, 91) - rows.window(shopped, 91, 91),
        "spend_4w_more": rows.window(spent, 28) - rows.window(spent, 28, 28),
        "spend_8w_by_26w": rows.window(spent, 56) / np.maximum(rows.window(spent, 182), 0.01),
        "spend_1w": rows.window(spent, 7),
        "spend_2w": rows.window(spent, 14),
    }


def _redeemed(rows: Asked, redemptions: pd.DataFrame) -> dict[str, np.ndarray]:
    used = redemptions.assign(day=_days(redemptions["redemption_date"]))
    answered = used.sort_values("day").drop_duplicates(["household_id", "campaign_id"])
    coupons = rows.running(used["household_id"], used["day"])
    return {
        "coupons_redeemed": rows.window(coupons),
        "coupons_redeemed_8w": rows.window(coupons, 56),
        "campaigns_answered": rows.window(rows.running(answered["household_id"], answered["day"])),
    }


def _campaigns(rows: Asked, tables: Mapping[str, pd.DataFrame]) -> dict[str, np.ndarray]:
    sent = tables["campaigns"].merge(tables["campaign_descriptions"], on="campaign_id")
    found: dict[str, np.ndarray] = {}
    for kind, part in sent.groupby("campaign_type", observed=True):
        begun, over = (
            rows.window(rows.running(part["household_id"], _days(part[when]).clip(lower=-BEFORE)))
            for when in ("start_date", "end_date")
        )
        found |= {f"{kind} received": begun, f"{kind} running": begun - over}
    return found


def _demographics(asked: pd.DataFrame, demographics: pd.DataFrame) -> dict[str, np.ndarray]:
    known = demographics.set_index("household_id").reindex(asked["household_id"]).astype(object)
    flags = {"marital_status": ("Married", "Unmarried"), "home_ownership": ("Homeowner",)}
    found = {
        value: (known[column] == value).to_numpy() for column, values in flags.items() for value in values
    }
    return found | {"kids": pd.to_numeric(known["kids_count"].str[0], errors="coerce").to_numpy()}


def _departments(rows: Asked, tables: Mapping[str, pd.DataFrame]) -> dict[str, np.ndarray]:
    """Shares of the 12 largest departments in what was spent in 26 weeks."""
    lines = tables["transactions"].merge(tables["products"][["product_id", "department"]], on="product_id")
    lines = lines.assign(day=_local_days(lines["transaction_timestamp"]))
    spent = (
        lines.groupby(["department", "household_id", "day"], observed=True)["sales_value"].sum().reset_index()
    )
    largest = spent.groupby("department", observed=True)["sales_value"].sum().nlargest(12).index
    total = rows.window(_amounts(rows, spent), HALF_A_YEAR)
    return {
        name: rows.window(_amounts(rows, spent[spent["department"] == name]), HALF_A_YEAR)
        / np.maximum(total, 0.01)
        for name in largest
    }


def _amounts(rows: Asked, spent: pd.DataFrame) -> np.ndarray:
    return rows.running(spent["household_id"], spent["day"], spent["sales_value"].to_numpy())


def _hours(rows: Asked, transactions: pd.DataFrame) -> dict[str, np.ndarray]:
    """When receipts of 26 weeks were written, and how long they are, as shares of all of them."""
    receipts = _receipts(transactions)
    hour, weekday = receipts["hour"], receipts["day"] % 7
    kinds = {
        "before 11": hour < 11,
        "from 18 on": hour >= 18,
        "weekend": weekday.isin([0, 6]),
        "3 lines at most": receipts["lines"] <= 3,
        "20 lines at least": receipts["lines"] >= 20,
    }
    total = rows.window(rows.running(receipts["household_id"], receipts["day"]), HALF_A_YEAR)
    return {name: _window_of(rows, receipts[kind]) / np.maximum(total, 1) for name, kind in kinds.items()}


def _window_of(rows: Asked, receipts: pd.DataFrame) -> np.ndarray:
    return rows.window(rows.running(receipts["household_id"], receipts["day"]), HALF_A_YEAR)


def _stores(rows: Asked, transactions: pd.DataFrame) -> dict[str, np.ndarray]:
    """How often the household changes stores, and whether the one it was in last gains or loses receipts."""
    receipts = _receipts(transactions).sort_values(["household_id", "day"], kind="stable")
    last = receipts.drop_duplicates(["household_id", "day"], keep="last").reset_index(drop=True)
    changed = last["store_id"].ne(last.groupby("household_id")["store_id"].shift())
    numbers, store = np.unique(last["store_id"], return_inverse=True)
    visits = np.zeros((len(numbers), DAYS))
    np.add.at(visits, (store, last["day"].to_numpy() + BEFORE), 1)
    visits = np.concatenate([np.zeros((len(numbers), 1)), visits.cumsum(axis=1)], axis=1)
    household = np.searchsorted(rows.ids, last["household_id"])
    begins = np.searchsorted(household, np.arange(len(rows.ids)))
    so_far = rows.window(rows.running(last["household_id"], last["day"]))
    mine = store[begins[rows.household] + so_far.astype(int) - 1]
    end = rows.day + BEFORE + 1
    recent, before = (visits[mine, end - n] - visits[mine, np.maximum(end - n - 28, 0)] for n in (0, 28))
    switches = rows.window(rows.running(last["household_id"], last["day"], changed.to_numpy("float64")))
    return {
        "store_changes": switches / so_far,
        "store_receipts_4w": recent,
        "store_trend": recent / np.maximum(before, 1),
    }


def _receipts(transactions: pd.DataFrame) -> pd.DataFrame:
    at = _local(transactions["transaction_timestamp"])
    lines = transactions[["household_id", "basket_id", "store_id"]].assign(
        day=_days(at.dt.normalize()), hour=at.dt.hour
    )
    found = lines.groupby(["household_id", "basket_id"]).agg(
        store_id=("store_id", "first"), day=("day", "first"), hour=("hour", "first"), lines=("day", "size")
    )
    return found.reset_index()


def _local(moments: pd.Series) -> pd.Series:
    return moments.dt.tz_localize("UTC").dt.tz_convert(TIMEZONE).dt.tz_localize(None)


def _local_days(moments: pd.Series) -> pd.Series:
    return _days(_local(moments).dt.normalize())


def _days(moments: pd.Series) -> pd.Series:
    return (pd.to_datetime(moments) - FIRST_DAY).dt.days
