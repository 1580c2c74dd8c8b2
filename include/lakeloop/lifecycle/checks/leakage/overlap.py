"""Rows that training must not have seen, and columns that are younger than their row."""

import numpy as np
import pandas as pd

from lakeloop.config import LabelledUseCase
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.verdicts import plain
from lakeloop.lifecycle.evaluation.gate import Check
from lakeloop.lifecycle.training.splits import PeriodRange, TimeSplit

GROUP = "leakage"
KEY, KNOWN_AT = "gate.leakage.overlap", "gate.leakage.known_at"


def judge(evidence: Evidence) -> list[Check]:
    """Whether training and holdout are apart, and whether `gate.leakage.known_at` lies within each row's period."""
    use_case, checks = evidence.use_case, []
    if use_case.gate.leakage.overlap:
        found = overlap(use_case, evidence.split, evidence.known)
        said = (
            f"training on {evidence.split.train} and holdout {evidence.split.holdout} have no row in common"
        )
        said += f", and {use_case.split.gap} periods lie between them"
        checks.append(plain(GROUP, KEY, not found, "; ".join(found) or said))
    for column in use_case.gate.leakage.known_at:
        checks.append(_known_at(use_case, evidence.holdout, column))
    return checks


def overlap(use_case: LabelledUseCase, split: TimeSplit, known: pd.DataFrame) -> list[str]:
    """A sentence for each way in which training rows meet the holdout; empty when they are apart.

    Args:
        known: all labelled rows, at least their keys.
    """
    between = split.holdout.first - split.train.last - 1
    found = []
    if between < use_case.question.horizon:
        found.append(
            f"{between} periods lie between training ({split.train}) and holdout ({split.holdout}), expected at least "
            f"{use_case.question.horizon}: labels of training rows look into the holdout"
        )
    common = _in_both(use_case, split.train, split.holdout, known)
    if common:
        found.append(f"{common} rows of the holdout are training rows too (same entity and period)")
    repeated = int(split.holdout.rows(known).duplicated(list(use_case.keys)).sum())
    if repeated:
        found.append(
            f"{repeated} rows of the holdout repeat {', '.join(use_case.keys)} of another, expected none"
        )
    return found


def _in_both(use_case: LabelledUseCase, train: PeriodRange, holdout: PeriodRange, known: pd.DataFrame) -> int:
    if train.last < holdout.first or not len(known):
        return 0
    keys = list(use_case.keys)
    seen, asked = (part.rows(known)[keys].drop_duplicates() for part in (train, holdout))
    return len(asked.merge(seen, on=keys))


def _known_at(use_case: LabelledUseCase, holdout: pd.DataFrame, column: str) -> Check:
    """Compares in periods: a value of the row's own period is in time."""
    values = holdout[column]
    filled = values.notna().to_numpy()
    then = use_case.period.indices(values[filled])
    late = then > use_case.period.indices(holdout[use_case.period.column][filled])
    figures = {"column": column, "late_rows": int(late.sum()), "rows": int(filled.sum())}
    if not late.any():
        said = f"{column} is never later than its row's {use_case.period.unit}, in {filled.sum()} rows"
        return plain(GROUP, KNOWN_AT, True, said, figures)
    first = holdout[filled].iloc[int(np.flatnonzero(late)[0])]
    said = (
        f"{column} is later than its row's {use_case.period.unit} in {late.sum()} of {filled.sum()} rows, e.g. "
        f"{first[column]} as of {first[use_case.period.column]}, expected none: it was not known then"
    )
    return plain(GROUP, KNOWN_AT, False, said, figures)
