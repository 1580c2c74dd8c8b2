"""How a figure and its limit become a check: one way of judging by value, one by interval, one sentence for each."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lakeloop.config.use_case.limits import keeps, parse_limit
from lakeloop.lifecycle.evaluation.bootstrap import Interval
from lakeloop.lifecycle.evaluation.gate import Check


def beyond(interval: Interval, limit: str) -> bool:
    """Whether the whole interval lies beyond the limit: no resample of its middle keeps it."""
    sign, bound = parse_limit(limit)
    return interval.high < bound if sign == ">=" else interval.low > bound


def defined(interval: Interval) -> bool:
    """Whether figure and interval are finite."""
    return bool(np.isfinite([interval.value, interval.low, interval.high]).all())


def size(interval: Interval) -> Interval:
    """The interval of the absolute value of a figure with a sign."""
    ends = sorted([abs(interval.low), abs(interval.high)])
    low = 0.0 if interval.low <= 0 <= interval.high else ends[0]
    return Interval(abs(interval.value), low, ends[1])


def by_value(
    group: str, key: str, what: str, value: float, limit: str, figures: Mapping[str, Any] | None = None
) -> Check:
    """Passes when `value` keeps `limit`; an undefined one (NaN) does not. `what` begins the sentence."""
    passed = keeps(value, limit)
    how = "keeps" if passed else "misses"
    said = "is undefined, required is" if np.isnan(value) else f"{value:.4g}, which {how} the limit"
    more = {"value": float(value), "limit": limit, **(figures or {})}
    return Check(key, passed, f"{what} {said} {limit} ({key})", more, group, f"{value:.4g}", limit)


def by_interval(
    group: str, key: str, what: str, interval: Interval, limit: str, figures: Mapping[str, Any] | None = None
) -> Check:
    """Refused when the interval is undefined or lies wholly beyond `limit`: noise alone refuses nobody."""
    more = {**vars(interval), "limit": limit, **(figures or {})}
    if not defined(interval):
        value = "an undefined figure" if np.isnan(interval.value) else f"{interval.value:.4f}"
        sentence = f"{what} {value} without an interval, required is {limit} ({key})"
        return Check(key, False, sentence, more, group, "undefined", limit)
    passed = not beyond(interval, limit)
    shown = f"{interval.value:.4f} [{interval.low:.4f}, {interval.high:.4f}]"
    how = "reaches" if passed else "lies wholly beyond"
    return Check(key, passed, f"{what} {shown} {how} the limit {limit} ({key})", more, group, shown, limit)


def plain(
    group: str, key: str, passed: bool, sentence: str, figures: Mapping[str, Any] | None = None
) -> Check:
    """A check without a number; the key stands at the sentence's end."""
    return Check(key, passed, f"{sentence} ({key})", figures or {}, group)
