"""The gate between a trained model and production. It refuses unless every check passes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lakeloop.config.use_case.gate import Comparison, Gate, Metric
from lakeloop.config.use_case.limits import keeps
from lakeloop.lifecycle.evaluation.advantage import Advantage
from lakeloop.lifecycle.evaluation.bootstrap import Interval, Verdict, differences, verdict
from lakeloop.lifecycle.evaluation.metrics import METRICS
from lakeloop.lifecycle.evaluation.rows import FEWEST_UNITS, ScoredRows

CANDIDATE, CHAMPION = "candidate", "champion"  # how the two are called among the contenders
SHOWN = {"auc": "AUC", "average_precision": "average precision", "log_loss": "log loss"}
DECISIVE = ("floors", "comparisons")  # groups of checks that say how good a model is
SAID: dict[Verdict, str] = {
    "better": "is better than",
    "not distinguishable": "is not distinguishable from",
    "worse": "is worse than",
    "undefined": "cannot be compared with",
}


@dataclass(frozen=True)
class Check:
    """One test: the YAML key that asks for it, how it came out, a sentence, and its figures for JSON.

    `group`: the heading that a report puts it under. `value`, `limit`: what was seen and asked, as text; may be empty.
    """

    key: str
    passed: bool
    sentence: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""
    value: str = ""
    limit: str = ""

    def __str__(self) -> str:
        return f"{'passed' if self.passed else 'REFUSED'}: {self.sentence}"


@dataclass(frozen=True)
class Champion:
    """The present champion: no `version` when there is none yet.

    `lacks`: features it needs that are no more. `advantage`: what it has learned of the holdout.
    """

    version: str | None
    lacks: tuple[str, ...] = ()
    advantage: Advantage | None = None

    @property
    def can_score(self) -> bool:
        return self.version is not None and not self.lacks


@dataclass(frozen=True)
class Decision:
    """Passed only when there are checks and all of them passed."""

    checks: Sequence[Check]
    champion: Champion

    @property
    def passed(self) -> bool:
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def status(self) -> str:
        """What the tag `validation_status` says: passed or refused."""
        return "passed" if self.passed else "refused"

    @property
    def reasons(self) -> list[str]:
        """Why: the failed checks when refused; when passed, floors and comparisons, and how many others there were."""
        if not self.passed:
            failed = [check.sentence for check in self.checks if not check.passed]
            return failed or ["no check was made"]
        told = [check.sentence for check in self.checks if check.group in DECISIVE]
        others = len(self.checks) - len(told)
        return told + ([f"{others} further checks passed"] if others else [])

    @property
    def reason(self) -> str:
        return "; ".join(self.reasons)

    def with_more(self, checks: Sequence[Check]) -> "Decision":
        """The same decision after further `checks`, which stand behind its own."""
        return Decision([*self.checks, *checks], self.champion)

    def report(self) -> dict[str, object]:
        """Everything about the decision, ready for JSON."""
        return {
            "status": self.status,
            "compared_with_champion": self.champion.version,
            "champion_lacks": list(self.champion.lacks),
            "reasons": self.reasons,
            "checks": [_plain(asdict(check)) for check in self.checks],
        }


def decide(
    gate: Gate,
    rows: ScoredRows,
    baselines: Sequence[str],
    simpler_models: Sequence[str],
    champion: Champion,
) -> Decision:
    """Judges the contender ``candidate`` of `rows` by the use case's `gate`.

    A champion that lacks features cannot be compared with: the decision says so, and all else has to pass. One that has
    learned from the holdout is compared with, and named.

    Args:
        baselines, simpler_models: names of contenders of `rows`.

    Raises KeyError for a contender that `rows` does not hold.
    """
    contenders = [(name, "baselines") for name in baselines]
    contenders += [(name, "simpler_models") for name in simpler_models]
    if champion.can_score:
        contenders.append((CHAMPION, "champion"))
    intervals = differences(
        rows, gate.compare_by, CANDIDATE, [name for name, _ in contenders], gate.bootstrap
    )
    checks = [_floor(metric, limit, rows) for metric, limit in gate.floors.items()]
    compared = {name: _compared(gate, rows, name, role, intervals[name]) for name, role in contenders}
    checks += [*compared.values(), *of_champion(champion, compared.get(CHAMPION))]
    return Decision(checks, champion)


def holds(metric: Metric, value: float, limit: str) -> bool:
    """Whether `value` keeps the YAML's `limit`, such as ``>= 0.80``; an undefined value keeps none."""
    return keeps(float(METRICS[metric].size(value)), limit)


def _floor(metric: Metric, limit: str, rows: ScoredRows) -> Check:
    value = rows.evaluations[CANDIDATE].values[metric]
    key, passed = f"gate.floors.{metric}", holds(metric, value, limit)
    if math.isnan(value):
        sentence = f"holdout {shown(metric)} is undefined, required is {limit} ({key})"
    else:
        sentence = (
            f"holdout {shown(metric)} {value:.4f} {'keeps' if passed else 'misses'} the limit {limit} ({key})"
        )
    figures = {"metric": metric, "value": value, "limit": limit}
    return Check(key, passed, sentence, figures, "floors", f"{shown(metric)} {value:.4f}", limit)


def _compared(gate: Gate, rows: ScoredRows, name: str, role: str, difference: Interval) -> Check:
    policy: Comparison = getattr(gate, role)
    found = verdict(difference, policy.margin) if rows.units.enough else "undefined"
    action = "refuse" if found == "undefined" else getattr(policy, found.replace(" ", "_"))
    key = f"gate.{role}" + (f".{found.replace(' ', '_')}" if found != "undefined" else "")
    figures = {
        "metric": gate.compare_by,
        "other": name,
        "candidate_value": rows.evaluations[CANDIDATE].values[gate.compare_by],
        "other_value": rows.evaluations[name].values[gate.compare_by],
        "margin": policy.margin,
        "verdict": found,
        **asdict(difference),
    }
    sentence = _comparison(gate, rows, name, found, difference, policy.margin)
    passed, asked = action == "pass", f"a lead of {policy.margin:+.4f} over {name}"
    return Check(key, passed, f"{sentence} ({key}: {action})", figures, "comparisons", str(difference), asked)


def _comparison(
    gate: Gate, rows: ScoredRows, name: str, found: Verdict, difference: Interval, margin: float
) -> str:
    """``holdout AUC 0.8573 is better than the champion's 0.8500: +0.0073 [+0.0010, +0.0120] at 95 % ...``"""
    ours, theirs = (rows.evaluations[who].values[gate.compare_by] for who in (CANDIDATE, name))
    lead = f" by the margin {margin:+.4f}" if margin and found != "undefined" else ""
    head = f"holdout {shown(gate.compare_by)} {ours:.4f} {SAID[found]} {name}'s {theirs:.4f}{lead}"
    if not rows.units.enough:
        return (
            f"{head}: {rows.units.count} {rows.units.name} are drawn from, expected at least {FEWEST_UNITS}"
        )
    if math.isnan(difference.value):
        return f"{head}: the metric is undefined for one of the two; compare by another (gate.compare_by)"
    drawn = f"{len(rows)} rows of {rows.units.count} {rows.units.name}"
    sure = f"{difference} at {gate.bootstrap.confidence:.0%}, above 0 is better"
    return f"{head}: difference {sure}, on the same {drawn}"


def of_champion(champion: Champion, compared: Check | None) -> list[Check]:
    """What is to say of the champion beside the comparison with it, which is `compared`; None: there was none."""
    return [*_advantage(champion, compared), *_without_champion(champion)]


def _advantage(champion: Champion, compared: Check | None) -> list[Check]:
    """Who stands a comparison that favours the champion would stand a fair one; a lost one shows nothing: refused."""
    found, key = champion.advantage, "gate.champion.learned_from_holdout"
    if compared is None or found is None:
        return []
    if compared.passed:
        came = "the comparison favours it, and the candidate stands it all the same"
    else:
        came = (
            "the candidate did not stand a comparison that favours it. Train again when newer periods judge, or "
            "promote it with an override and a reason"
        )
    sentence = f"{found.sentence}: {came} ({key})"
    return [Check(key, compared.passed, sentence, {}, "comparisons", found.value, found.limit)]


def _without_champion(champion: Champion) -> list[Check]:
    """Said aloud: the candidate was not compared with a champion."""
    if champion.version is None:
        sentence = "there is no champion to compare with: this is the first model (gate.champion)"
        return [Check("gate.champion", True, sentence, group="comparisons")]
    if champion.lacks:
        sentence = (
            f"champion version {champion.version} cannot score the present features, it needs "
            f"{', '.join(champion.lacks)}: not compared with it (gate.champion)"
        )
        figures = {"champion_lacks": ", ".join(champion.lacks)}
        return [Check("gate.champion", True, sentence, figures, "comparisons")]
    return []


def shown(metric: Metric) -> str:
    """The metric as sentences say it: ``AUC``, ``average precision``."""
    return SHOWN.get(
        metric, metric.upper() if METRICS[metric].name in ("mae", "rmse", "wape", "ece") else metric
    )


def _plain(value: Any) -> Any:
    """JSON knows no NaN and no infinity."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
