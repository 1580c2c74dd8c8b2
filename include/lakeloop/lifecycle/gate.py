"""The gate between a trained model and production. It refuses unless every check passes."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from lakeloop.lifecycle.evaluation import Evaluation


class Thresholds(Protocol):
    """`gate` of the use case's YAML."""

    @property
    def min_auc(self) -> float: ...
    @property
    def min_average_precision(self) -> float: ...
    @property
    def min_lift_over_baseline_auc(self) -> float: ...
    @property
    def max_regression_auc(self) -> float: ...


@dataclass(frozen=True)
class Check:
    """One comparison: a sentence with its numbers, and how it came out."""

    name: str
    passed: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'passed' if self.passed else 'REFUSED'}: {self.sentence}"


@dataclass(frozen=True)
class Decision:
    """Passed only when there are checks and all of them passed."""

    checks: Sequence[Check]
    first_model: bool

    @property
    def passed(self) -> bool:
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def status(self) -> str:
        """What the tag `validation_status` says: passed or refused."""
        return "passed" if self.passed else "refused"

    @property
    def reasons(self) -> list[str]:
        """Why: the failed checks when refused, all of them when passed."""
        deciding = [check for check in self.checks if self.passed or not check.passed]
        return [check.sentence for check in deciding] or ["no check was made"]

    @property
    def reason(self) -> str:
        return "; ".join(self.reasons)

    def report(self) -> dict[str, Any]:
        """Everything about the decision, ready for JSON."""
        return {
            "status": self.status,
            "first_model": self.first_model,
            "reasons": self.reasons,
            "checks": [asdict(check) for check in self.checks],
        }


def decide(
    candidate: Evaluation,
    baseline: Evaluation,
    logistic: Evaluation,
    champion: Evaluation | None,
    thresholds: Thresholds,
) -> Decision:
    """Judges `candidate`; all evaluations must come from the same holdout rows (ValueError otherwise).

    `champion` is None only when there is none yet: then the first-model branch is taken, which compares
    with the fixed thresholds and the two baselines, and says so.
    """
    _require_same_rows(candidate, baseline, logistic, champion)
    fixed = [
        _at_least("min_auc", "holdout AUC", candidate.auc, thresholds.min_auc),
        _at_least(
            "min_average_precision",
            "holdout average precision",
            candidate.average_precision,
            thresholds.min_average_precision,
        ),
        _lift(candidate, baseline, thresholds.min_lift_over_baseline_auc),
        _beats_logistic(candidate, logistic),
    ]
    if champion is None:
        return Decision([*fixed, _first_model()], first_model=True)
    return Decision(
        [*fixed, _no_regression(candidate, champion, thresholds.max_regression_auc)], first_model=False
    )


def _require_same_rows(candidate: Evaluation, *others: Evaluation | None) -> None:
    for other in others:
        if other is not None and (other.rows, other.positives) != (candidate.rows, candidate.positives):
            raise ValueError(
                f"evaluated on {other.rows} rows ({other.positives} positive), the candidate on "
                f"{candidate.rows} ({candidate.positives}): compare on the same holdout rows"
            )


def _at_least(key: str, what: str, value: float, least: float) -> Check:
    # NaN compares false, so an undefined figure is refused
    passed = value >= least
    word = "reaches" if passed else "is undefined, against" if math.isnan(value) else "is below"
    shown = "" if math.isnan(value) else f" {value:.4f}"
    return Check(key, passed, f"{what}{shown} {word} the required {least:.4f} (gate.{key})")


def _lift(candidate: Evaluation, baseline: Evaluation, least: float) -> Check:
    lift = candidate.auc - baseline.auc
    passed = lift >= least
    return Check(
        "min_lift_over_baseline_auc",
        passed,
        f"holdout AUC {candidate.auc:.4f} is {lift:+.4f} from the recency rule's {baseline.auc:.4f}, "
        f"{'enough for' if passed else 'short of'} the required {least:+.4f} "
        "(gate.min_lift_over_baseline_auc)",
    )


def _beats_logistic(candidate: Evaluation, logistic: Evaluation) -> Check:
    passed = candidate.auc > logistic.auc
    return Check(
        "beats_logistic",
        passed,
        f"holdout AUC {candidate.auc:.4f} {'beats' if passed else 'does not beat'} logistic regression's "
        f"{logistic.auc:.4f}" + ("" if passed else ", and the simpler model is preferred"),
    )


def _no_regression(candidate: Evaluation, champion: Evaluation, tolerance: float) -> Check:
    passed = candidate.auc >= champion.auc - tolerance
    return Check(
        "max_regression_auc",
        passed,
        f"holdout AUC {candidate.auc:.4f} is {'not worse than' if passed else 'worse than'} the champion's "
        f"{champion.auc:.4f} on the same {candidate.rows} rows (gate.max_regression_auc {tolerance:.4f})",
    )


def _first_model() -> Check:
    return Check("first_model", True, "there is no champion to compare with: this is the first model")
