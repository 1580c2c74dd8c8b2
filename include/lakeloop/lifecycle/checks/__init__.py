"""What else the gate asks of a candidate beside limits and comparisons: one module for each family of checks."""

from lakeloop.lifecycle.checks import (
    behaviour,
    calibration,
    fairness,
    health,
    leakage,
    serving,
    slices,
    stability,
)
from lakeloop.lifecycle.checks.early import CannotBeJudgedError, require_judgeable
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.health import unfit
from lakeloop.lifecycle.evaluation.gate import Check

FAMILIES = (slices, calibration, fairness, leakage, stability, behaviour, health, serving)


def run(evidence: Evidence) -> list[Check]:
    """The checks that the use case's `gate` asks for, family by family."""
    return [check for family in FAMILIES for check in family.judge(evidence)]


__all__ = ["CannotBeJudgedError", "Evidence", "require_judgeable", "run", "unfit"]
