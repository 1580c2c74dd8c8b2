"""How differently the candidate's decisions treat the groups of each sensitive column."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lakeloop.config.use_case.limits import parse_limit
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.fairness.figures import interval_of, rates
from lakeloop.lifecycle.checks.fairness.groups import Groups, cut_off, groups_of
from lakeloop.lifecycle.checks.fairness.mitigation import Proposal, proposals
from lakeloop.lifecycle.checks.verdicts import by_interval
from lakeloop.lifecycle.evaluation.gate import Check

GROUP = "fairness"


def judge(evidence: Evidence) -> list[Check]:
    """A check for each sensitive column and each limit of `gate.fairness`."""
    return [check for column in evidence.gate.fairness.columns for check in _column(evidence, column)]


def _column(evidence: Evidence, column: str) -> list[Check]:
    asked, groups = evidence.gate.fairness, groups_of(evidence, column)
    least = cut_off(asked.threshold, evidence.predictions)
    decided = (evidence.predictions >= least).astype("float64")[groups.judged]
    if len(groups.names) < 2:
        said = f"fewer than two groups of {column} have {asked.min_rows} rows{groups.left_out}: nothing was judged"
        return [_unjudged(name, column, said, "gate.fairness.min_rows") for name in asked.limits]
    if not 0 < decided.sum() < len(decided):
        everyone = "every" if decided.sum() else "no"
        said = f"{everyone} judged row of {column} reaches the threshold {least:.4g}: nothing was judged"
        return [_unjudged(name, column, said, "gate.fairness.threshold") for name in asked.limits]
    return _judged(evidence, column, groups, decided, least)


def _judged(
    evidence: Evidence, column: str, groups: Groups, decided: np.ndarray, least: float
) -> list[Check]:
    y, units = evidence.y[groups.judged], evidence.rows.units.codes[groups.judged]
    once = np.ones((1, evidence.counts.shape[1]))
    seen, resampled = (rates(y, decided, groups.codes, units, counts) for counts in (once, evidence.counts))
    selected = dict(zip(groups.names, seen.selected[0].tolist(), strict=True))
    head = {"column": column, "threshold": least, "selection_rates": selected, "left_out": groups.left_out}
    checks = []
    for name, limit in evidence.gate.fairness.limits.items():
        found = interval_of(name, seen, resampled, evidence.gate.bootstrap.confidence)
        what = (
            f"{name.replace('_', ' ')} among {len(groups.names)} groups of {column} at threshold {least:.4g}"
        )
        check = by_interval(GROUP, f"gate.fairness.{name}", what + groups.left_out + ":", found, limit, head)
        checks.append(check if check.passed else _with_help(evidence, groups, column, decided, name, check))
    return checks


def _with_help(
    evidence: Evidence, groups: Groups, column: str, decided: np.ndarray, name: str, check: Check
) -> Check:
    """The refusal, and what would help with what it would give."""
    if not evidence.gate.fairness.mitigation:
        return check
    offered = proposals(evidence, groups, column, decided, name)
    best = _nearest(offered, check.limit)
    sentence = f"{check.sentence}; {best.sentence(name)}" if best else check.sentence
    figures: Mapping[str, Any] = {**check.figures, "mitigation": [vars(each) for each in offered]}
    return Check(check.key, False, sentence, figures, GROUP, check.value, check.limit)


def _nearest(offered: list[Proposal], limit: str) -> Proposal | None:
    """The one that helps most."""
    higher = parse_limit(limit)[0] == ">="
    known = [each for each in offered if np.isfinite([each.before, each.after]).all()]
    helpful = [each for each in known if (each.after > each.before) == higher]
    return max(helpful, key=lambda each: each.after if higher else -each.after, default=None)


def _unjudged(name: str, column: str, said: str, cause: str) -> Check:
    key = f"gate.fairness.{name}"
    return Check(key, False, f"{name.replace('_', ' ')}: {said} ({key}, {cause})", {"column": column}, GROUP)
