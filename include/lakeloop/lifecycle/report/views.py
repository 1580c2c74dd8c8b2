"""Findings as text for the templates: nothing is computed there."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lakeloop.lifecycle.checks.slices import way_to_judge
from lakeloop.lifecycle.evaluation.bootstrap import Interval
from lakeloop.lifecycle.evaluation.gate import CANDIDATE, Check
from lakeloop.lifecycle.evaluation.rows import FEWEST_UNITS
from lakeloop.lifecycle.explain.study import worth_looking_at
from lakeloop.lifecycle.explain.words import UNITS, sentence, shown
from lakeloop.lifecycle.report.findings import Explained, Findings

UNDEFINED = "undefined"


def checks(all_checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Groups in the order in which they first occur, those with a failed check first: heading and lines."""
    headings = list(dict.fromkeys(heading(check) for check in all_checks))
    grouped = [(name, [check for check in all_checks if heading(check) == name]) for name in headings]
    grouped.sort(key=lambda group: all(check.passed for check in group[1]))
    return [
        {
            "heading": name,
            "passed": all(check.passed for check in group),
            "lines": [_line(check) for check in group],
        }
        for name, group in grouped
    ]


def heading(check: Check) -> str:
    """The check's own group, else what its key names behind ``gate.``."""
    parts = check.key.split(".")
    return (check.group or parts[min(1, len(parts) - 1)]).replace("_", " ").capitalize()


def _line(check: Check) -> dict[str, Any]:
    found = check.figures
    value = number(found.get("value"))
    if "low" in found and "high" in found:
        value = f"{value} [{number(found['low'])}, {number(found['high'])}]"
    limit = found.get("limit", found.get("margin"))
    return {
        "key": check.key,
        "passed": check.passed,
        "sentence": check.sentence,
        "value": value or check.value,
        "limit": number(limit) or check.limit,
    }


def number(value: Any) -> str:
    """Four figures behind the point of a float; text as it is; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, str | bool):
        return str(value)
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    return f"{value:,.4f}" if np.isfinite(value) else UNDEFINED


def with_interval(found: Interval) -> str:
    """``0.8573 [0.8480, 0.8655]``."""
    return f"{number(found.value)} [{number(found.low)}, {number(found.high)}]"


def contenders(findings: Findings) -> list[dict[str, str]]:
    """A row for each contender, the candidate first."""
    return [
        {"contender": name, **{metric: number(float(value)) for metric, value in found.values.items()}}
        for name, found in findings.rows.evaluations.items()
    ]


def slices(findings: Findings) -> list[dict[str, str]]:
    """The candidate's figures in each slice with their intervals, and by which of the two it is judged."""
    table = findings.slices
    end = f" {CANDIDATE}"
    metrics = [name.removesuffix(end) for name in table.columns if name.endswith(end)]
    return [
        {
            "slice": str(row["slice"]),
            "value": str(row["value"]),
            "rows": number(int(row["rows"])),
            f"mean {findings.use_case.task.label}": number(float(row["label"])),
            **{metric: with_interval(_interval(row, metric)) for metric in metrics},
            "judged": _judged(findings, row),
        }
        for _, row in table.iterrows()
    ]


def _interval(row: pd.Series, metric: str) -> Interval:
    return Interval(*(float(row[f"{metric} {name}"]) for name in (CANDIDATE, "low", "high")))


def _judged(findings: Findings, row: pd.Series) -> str:
    """By what the gate judges the slice; by metric where its floors differ in that."""
    gate = findings.use_case.gate.slices
    if not gate.floors or row["slice"] not in gate.columns:
        return "no: shown only"
    said = {
        "figure": "by its figure",
        "interval": "by its interval",
        "too few": f"no: fewer than {FEWEST_UNITS} {findings.rows.units.name}",
    }
    ways = {metric: way_to_judge(metric, gate.min_rows, row) for metric in gate.floors}
    told = [said.get(way, f"no: {metric} has no interval") for metric, way in ways.items()]
    return "; ".join(dict.fromkeys(told))


def features(findings: Findings, most: int) -> list[dict[str, str]]:
    """The features that move predictions most, with what they mean."""
    found = findings.explained.study
    if found is None:
        return []
    total = float(found.overall.sum())
    return [
        {
            "feature": str(name),
            "meaning": findings.described.get(str(name), ""),
            "mean |SHAP|": f"{size:.4f}",
            "share": f"{size / total:.0%}" if total else "",
        }
        for name, size in found.overall.head(most).items()
    ]


def slice_sizes(findings: Findings, most: int) -> dict[str, Any]:
    """Mean |SHAP| by slice of the features that matter most: names, and rows with the size and shade of each cell."""
    table = findings.slice_explanations()
    if not len(table):
        return {"features": [], "rows": []}
    names = list(table.columns[3 : 3 + most])
    largest = float(table[names].to_numpy().max()) or 1.0
    rows = [
        {
            "slice": row["slice"],
            "value": row["value"],
            "rows": number(int(row["rows"])),
            "cells": [(f"{row[name]:.3f}", round(float(row[name]) / largest, 2)) for name in names],
        }
        for _, row in table.iterrows()
    ]
    return {"features": names, "rows": rows}


def examples(findings: Findings, most: int = 5) -> list[dict[str, Any]]:
    """Some explained rows: which, what was predicted, what came true, and the reasons in words."""
    found = findings.explained.study
    if found is None or not len(found.places):
        return []
    y = findings.rows.y[found.places]
    predicted = findings.rows.predictions[CANDIDATE][found.places]
    chosen = worth_looking_at(findings.use_case.task.kind, y, predicted)
    return [
        {
            "why": why,
            "who": _who(findings, int(found.places[row])),
            "prediction": number(float(predicted[row])),
            "actual": shown(float(y[row])),
            "reasons": _bars(found.reasons(row, most), findings.described),
        }
        for why, row in chosen.items()
    ]


def _who(findings: Findings, row: int) -> str:
    keys = findings.holdout.iloc[row][list(findings.use_case.keys)]
    return ", ".join(f"{name} {value}" for name, value in keys.items())


def _bars(found: Sequence[Mapping[str, Any]], described: Mapping[str, str]) -> list[dict[str, Any]]:
    largest = max((abs(reason["contribution"]) for reason in found), default=1.0)
    return [
        {
            "feature": reason["feature"],
            "sentence": sentence(dict(reason), described),
            "width": round(100 * abs(reason["contribution"]) / largest),
            "raises": reason["contribution"] > 0,
        }
        for reason in found
    ]


def unit(found: Explained) -> str:
    """What a SHAP value is counted in."""
    return UNITS[found.study.explanation.link] if found.study else ""


def period_of(holdout: pd.Series) -> str:
    """First and last of a column of periods."""
    return f"{holdout.min()} to {holdout.max()}" if len(holdout) else "no rows"
