"""One feature that answers the question by itself is too good to be true."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.verdicts import by_value
from lakeloop.lifecycle.evaluation.gate import Check
from lakeloop.lifecycle.evaluation.metrics import value

GROUP, KEY = "leakage", "gate.leakage.single_feature"
FEWEST_ROWS = 50  # that know a feature: fewer can be ranked well by chance


def judge(evidence: Evidence) -> list[Check]:
    """The feature that ranks best by itself, against `gate.leakage.single_feature`."""
    limit = evidence.gate.leakage.single_feature
    if limit is None:
        return []
    task = evidence.use_case.task.kind
    strength = {name: association(task, evidence.y, evidence.x[name]) for name in evidence.x.columns}
    best = sorted(strength, key=strength.__getitem__, reverse=True)[:5]
    if not best:
        return []
    what = "ranks the classes alone with |2 AUC - 1|" if task == "binary" else "has a rank correlation of"
    figures = {"feature": best[0], "strongest": {name: strength[name] for name in best}}
    return [by_value(GROUP, KEY, f"feature {best[0]} {what}", strength[best[0]], limit, figures)]


def association(task: str, y: np.ndarray, feature: pd.Series) -> float:
    """How well the feature's order is the label's, from 0 to 1, among the rows that know it.

    |2 AUC - 1| (Somers' D) for a binary label, |Spearman's correlation| for a number. 0 where either is constant or
    fewer than 50 rows know the feature. That it is missing counts as well, as a feature of its own.
    """
    known = feature.notna().to_numpy()
    return max(_ranked(task, y[known], feature.to_numpy()[known]), _ranked(task, y, known.astype("float64")))


def _ranked(task: str, y: np.ndarray, values: np.ndarray) -> float:
    if len(y) < FEWEST_ROWS or np.ptp(y) == 0 or np.ptp(values) == 0:
        return 0.0
    if task == "binary":
        return abs(2 * value("auc", y, values) - 1)
    return float(abs(np.corrcoef(rankdata(y), rankdata(values))[0, 1]))
