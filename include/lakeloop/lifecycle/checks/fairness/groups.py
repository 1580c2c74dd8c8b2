"""The groups of one sensitive column that are large enough to be judged, and the decisions about their rows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lakeloop.config.use_case.fairness import Threshold
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.evaluation.rows import FEWEST_UNITS
from lakeloop.lifecycle.evaluation.slices import MISSING, slice_values


@dataclass(frozen=True)
class Groups:
    """`names` of those judged; `judged`: whether a row is in one (shape: rows); `codes`: in which (shape: judged)."""

    names: tuple[str, ...]
    judged: np.ndarray
    codes: np.ndarray
    too_small: tuple[str, ...]
    without_value: int

    @property
    def left_out(self) -> str:
        """What a sentence says of rows that were not judged; empty when all were."""
        parts = [f"{self.without_value} rows have no value"] if self.without_value else []
        parts += [f"too small to be judged: {', '.join(self.too_small)}"] if self.too_small else []
        return f"; {'; '.join(parts)}" if parts else ""


def groups_of(evidence: Evidence, column: str) -> Groups:
    """Numbers with many values are cut into quarters; a missing value is no group."""
    values = slice_values(evidence.holdout[column]).to_numpy()
    known = values != MISSING
    units = pd.Series(evidence.rows.units.codes)[known].groupby(values[known]).agg(["size", "nunique"])
    enough = (units["size"] >= evidence.gate.fairness.min_rows) & (units["nunique"] >= FEWEST_UNITS)
    names = tuple(units.index[enough])
    judged = np.isin(values, names)
    codes = (
        np.searchsorted(np.array(names, dtype=str), values[judged].astype(str)) if names else np.zeros(0, int)
    )
    return Groups(names, judged, codes, tuple(units.index[~enough]), int((~known).sum()))


def cut_off(threshold: Threshold, predictions: np.ndarray) -> float:
    """The prediction from which on the decision is yes."""
    if threshold.probability is not None:
        return threshold.probability
    assert threshold.top is not None  # config: one of both
    return float(np.quantile(predictions, 1 - threshold.top))
