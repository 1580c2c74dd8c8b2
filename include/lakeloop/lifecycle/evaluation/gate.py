"""The gate between a trained model and production. It refuses unless every check passes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import pandas as pd

from lakeloop.config.use_case.gate import Comparison, Gate, Metric, parse_limit
from lakeloop.lifecycle.evaluation.bootstrap import Interval, Verdict, differences, verdict
from lakeloop.lifecycle.evaluation.metrics import METRICS
from lakeloop.lifecycle.evaluation.rows import FEWEST_UNITS, ScoredRows

CANDIDATE, CHAMPION = "candidate", "champion"  # how the two are called among the contenders
SHOWN = {"auc": "AUC", "average_precision": "average precision", "log_loss": "log loss"}
SAID: dict[Verdict, str] = {
    "better": "is better than",
    "not distinguishable": "is not distinguishable from",
    "worse": "is worse than",
    "undefined": "cannot be compared with",
}


@dataclass(frozen=True)
class Check:
    """One test: the YAML key that asks for it, how it came out, a sentence, and its figures for JSON."""

    key: str
    passed: bool
    sentence: str
    figures: Mapping[str, float | str | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{'passed' if self.passed else 'REFUSED'}: {self.sentence}"


@dataclass(frozen=True)
class Champion:
    """The present champion: no `version` when there is none yet; `lacks`: features it needs that are no more."""

    version: str | None
    lacks: tuple[str, ...] = ()

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
        """Why: the failed checks when refused, all of them when passed."""
        deciding = [check for check in self.checks if self.passed or not check.passed]
        return [check.sentence for check in deciding] or ["no check was made"]

    @property
    def reason(self) -> str:
        return "; ".join(self.reasons)

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
    slices: pd.DataFrame | None = None,
) -> Decision:
    """Judges the contender ``candidate`` of `rows` by the use case's `gate`.

    A champion that lacks features cannot be compared with: the decision says so, and all else has to pass.

    Args:
        baselines, simpler_models: names of contenders of `rows`.
        slices: of :func:`slices.slice_table` with the metrics of ``gate.slices.floors``, when there are any.

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
    checks += [_compared(gate, rows, name, role, intervals[name]) for name, role in contenders]
    checks += [_slices(metric, limit, gate, slices) for metric, limit in gate.slices.floors.items()]
    return Decision([*checks, *_without_champion(champion)], champion)


def holds(metric: Metric, value: float, limit: str) -> bool:
    """Whether `value` keeps the YAML's `limit`, such as ``>= 0.80``; an undefined value keeps none."""
    sign, bound = parse_limit(limit)
    size = float(METRICS[metric].size(value))
    return size >= bound if sign == ">=" else size <= bound


def _floor(metric: Metric, limit: str, rows: ScoredRows) -> Check:
    value = rows.evaluations[CANDIDATE].values[metric]
    key, passed = f"gate.floors.{metric}", holds(metric, value, limit)
    if math.isnan(value):
        sentence = f"holdout {_shown(metric)} is undefined, required is {limit} ({key})"
    else:
        sentence = f"holdout {_shown(metric)} {value:.4f} {'keeps' if passed else 'misses'} the limit {limit} ({key})"
    return Check(key, passed, sentence, {"metric": metric, "value": value, "limit": limit})


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
    return Check(key, action == "pass", f"{sentence} ({key}: {action})", figures)


def _comparison(
    gate: Gate, rows: ScoredRows, name: str, found: Verdict, difference: Interval, margin: float
) -> str:
    """``holdout AUC 0.8573 is better than the champion's 0.8500: +0.0073 [+0.0010, +0.0120] at 95 % ...``"""
    ours, theirs = (rows.evaluations[who].values[gate.compare_by] for who in (CANDIDATE, name))
    lead = f" by the margin {margin:+.4f}" if margin and found != "undefined" else ""
    head = f"holdout {_shown(gate.compare_by)} {ours:.4f} {SAID[found]} {name}'s {theirs:.4f}{lead}"
    if not rows.units.enough:
        return (
            f"{head}: {rows.units.count} {rows.units.name} are drawn from, expected at least {FEWEST_UNITS}"
        )
    if math.isnan(difference.value):
        return f"{head}: the metric is undefined for one of the two; compare by another (gate.compare_by)"
    drawn = f"{len(rows)} rows of {rows.units.count} {rows.units.name}"
    sure = f"{difference} at {gate.bootstrap.confidence:.0%}, above 0 is better"
    return f"{head}: difference {sure}, on the same {drawn}"


def _slices(metric: Metric, limit: str, gate: Gate, table: pd.DataFrame | None) -> Check:
    """One check for all slices that are large enough to be judged."""
    key, least = f"gate.slices.floors.{metric}", gate.slices.min_rows
    judged = pd.DataFrame() if table is None or not len(table) else table[table["rows"] >= least]
    if not len(judged):
        return Check(
            key, False, f"no slice has {least} rows: nothing was judged ({key}, gate.slices.min_rows)"
        )
    kept = judged[f"{metric} {CANDIDATE}"].map(lambda value: holds(metric, value, limit))
    if kept.all():
        sentence = f"{_shown(metric)} keeps the limit {limit} in each of {len(judged)} slices of at least {least} rows"
        return Check(key, True, f"{sentence} ({key})")
    missed = [_slice(metric, row) for _, row in judged[~kept].iterrows()]
    sentence = f"{_shown(metric)} misses the limit {limit} in {len(missed)} of {len(judged)} slices"
    return Check(key, False, f"{sentence}: {', '.join(missed)} ({key})")


def _slice(metric: Metric, row: pd.Series) -> str:
    return f"{row['slice']} {row['value']} {row[f'{metric} {CANDIDATE}']:.4f} of {row['rows']} rows"


def _without_champion(champion: Champion) -> list[Check]:
    """Said aloud: the candidate was not compared with a champion."""
    if champion.version is None:
        return [Check("gate.champion", True, "there is no champion to compare with: this is the first model")]
    if champion.lacks:
        sentence = (
            f"champion version {champion.version} cannot score the present features, it needs "
            f"{', '.join(champion.lacks)}: not compared with it (gate.champion)"
        )
        return [Check("gate.champion", True, sentence, {"champion_lacks": ", ".join(champion.lacks)})]
    return []


def _shown(metric: Metric) -> str:
    return SHOWN.get(
        metric, metric.upper() if METRICS[metric].name in ("mae", "rmse", "wape", "ece") else metric
    )


def _plain(check: dict[str, object]) -> dict[str, object]:
    """JSON knows no NaN."""
    figures = check["figures"]
    assert isinstance(figures, Mapping)
    return check | {
        "figures": {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in figures.items()
        }
    }
