"""Every slice above its floor: large ones by their figure, small ones by its interval."""

from typing import Literal

import pandas as pd

from lakeloop.config.use_case.gate import Metric
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.verdicts import beyond, defined, size
from lakeloop.lifecycle.evaluation.bootstrap import Interval
from lakeloop.lifecycle.evaluation.gate import CANDIDATE, Check, holds, shown
from lakeloop.lifecycle.evaluation.rows import FEWEST_UNITS

GROUP = "slices"
Way = Literal["figure", "interval", "too few", "undefined"]


def judge(evidence: Evidence) -> list[Check]:
    """One check for each metric of `gate.slices.floors`, about all slices."""
    floors, least = evidence.gate.slices.floors, evidence.gate.slices.min_rows
    return [judge_table(metric, limit, least, evidence.slices) for metric, limit in floors.items()]


def judge_table(metric: Metric, limit: str, least: int, table: pd.DataFrame) -> Check:
    """A slice of `least` rows or more is refused by its figure, a smaller one when its interval lies wholly beyond.

    A small slice of fewer than 8 entities, or without an interval, says nothing and is named. Nothing judged refuses.
    """
    key, rows = f"gate.slices.floors.{metric}", [row for _, row in table.iterrows()]
    judged = [(row, way_to_judge(metric, least, row)) for row in rows]
    large, small = ([row for row, way in judged if way == wanted] for wanted in ("figure", "interval"))
    if not large and not small:
        sentence = (
            f"no slice has {least} rows or an interval: nothing was judged ({key}, gate.slices.min_rows)"
        )
        return Check(key, False, sentence, {"limit": limit}, GROUP, "nothing judged", limit)
    missed = [_large(metric, row) for row in large if not _keeps(metric, row, limit)]
    missed += [_small(metric, row) for row in small if beyond(_interval(metric, row), limit)]
    silent = [row for row, way in judged if way not in ("figure", "interval")]
    sentence = _sentence(metric, limit, least, len(large), len(small), missed) + _left_out(silent)
    figures = _figures(metric, table, limit)
    return Check(key, not missed, f"{sentence} ({key})", figures, GROUP, ", ".join(missed) or "none", limit)


def way_to_judge(metric: Metric, least: int, row: pd.Series) -> Way:
    """By what a row of :func:`slice_table` is judged, or why it is not: too few entities, or no interval."""
    if row["rows"] >= least:
        return "figure"
    if row["units"] < FEWEST_UNITS:
        return "too few"
    return "interval" if defined(_interval(metric, row)) else "undefined"


def _sentence(metric: Metric, limit: str, least: int, large: int, small: int, missed: list[str]) -> str:
    among = f"{large} slices of at least {least} rows and {small} smaller ones, judged by their interval"
    if missed:
        return f"{shown(metric)} misses the limit {limit} in {len(missed)} of {among}: {', '.join(missed)}"
    return f"{shown(metric)} keeps the limit {limit} in each of {among}"


def _left_out(silent: list[pd.Series]) -> str:
    names = ", ".join(f"{row['slice']} {row['value']}" for row in silent)
    return f"; too small to say anything: {names}" if names else ""


def _keeps(metric: Metric, row: pd.Series, limit: str) -> bool:
    return holds(metric, row[f"{metric} {CANDIDATE}"], limit)


def _interval(metric: Metric, row: pd.Series) -> Interval:
    found = Interval(row[f"{metric} {CANDIDATE}"], row[f"{metric} low"], row[f"{metric} high"])
    return size(found) if metric == "bias" else found


def _large(metric: Metric, row: pd.Series) -> str:
    return f"{row['slice']} {row['value']} {row[f'{metric} {CANDIDATE}']:.4f} of {row['rows']} rows"


def _small(metric: Metric, row: pd.Series) -> str:
    found = _interval(metric, row)
    return f"{_large(metric, row)}, its interval [{found.low:.4f}, {found.high:.4f}] lies wholly beyond"


def _figures(metric: Metric, table: pd.DataFrame, limit: str) -> dict[str, object]:
    columns = ["slice", "value", "rows", f"{metric} {CANDIDATE}", f"{metric} low", f"{metric} high"]
    return {"metric": metric, "limit": limit, "slices": table[columns].to_dict("records")}
