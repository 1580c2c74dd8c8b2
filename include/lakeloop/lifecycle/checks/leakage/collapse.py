"""How much of the candidate's lead hangs on one feature: permutation importance, one feature at a time."""

import numpy as np

from lakeloop.config.use_case.gate import Metric
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.verdicts import by_value
from lakeloop.lifecycle.evaluation.gate import Check
from lakeloop.lifecycle.evaluation.metrics import METRICS, value

GROUP, KEY = "leakage", "gate.leakage.collapse"


def judge(evidence: Evidence) -> list[Check]:
    """The feature whose permutation costs the largest share of the lead, against `gate.leakage.collapse`.

    Breiman (2001), "Random forests", Machine Learning 45. The lead is that over shuffled predictions: they know
    nothing.
    """
    limit = evidence.gate.leakage.collapse
    if limit is None:
        return []
    lost = lost_share_of_each(evidence)
    worst = max(lost, key=lambda name: np.inf if np.isnan(lost[name]) else lost[name])
    figures = {"feature": worst, "lost": lost}
    return [
        by_value(
            GROUP, KEY, f"without feature {worst} the lead shrinks by a share of", lost[worst], limit, figures
        )
    ]


def lost_share_of_each(evidence: Evidence) -> dict[str, float]:
    """By feature: how much of the lead is lost when its values are dealt out anew among the rows; 1 is all of it."""
    random, metric = np.random.default_rng(evidence.gate.bootstrap.seed), evidence.gate.compare_by
    order = random.permutation(len(evidence.x))
    whole = _goodness(metric, evidence.y, evidence.predictions)
    lead = whole - _goodness(metric, evidence.y, evidence.predictions[order])
    lost = {}
    for name in evidence.x.columns:
        x = evidence.x.assign(**{name: evidence.x[name].to_numpy()[order]})
        lost[name] = (whole - _goodness(metric, evidence.y, evidence.predict(x))) / (lead or np.nan)
    return lost


def _goodness(metric: Metric, y: np.ndarray, predictions: np.ndarray) -> float:
    return float(METRICS[metric].goodness(np.array(value(metric, y, predictions))))
