"""Whether the candidate, or one of its features, knows what nobody could know as of a row.

Kapoor, Narayanan (2023), "Leakage and the reproducibility crisis in machine-learning-based science", Patterns 4, lists
the kinds; Kaufman, Rosset, Perlich, Stitelman (2012), "Leakage in data mining: formulation, detection, and avoidance",
ACM TKDD 6, demands "no time machine" and to look for what is too good to be true.
"""

from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.leakage import collapse, overlap, shuffled, single_feature, time_travel
from lakeloop.lifecycle.evaluation.gate import Check

KINDS = (overlap, single_feature, time_travel, collapse, shuffled)


def judge(evidence: Evidence) -> list[Check]:
    """The checks that `gate.leakage` asks for."""
    return [check for kind in KINDS for check in kind.judge(evidence)]
