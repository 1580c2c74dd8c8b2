"""The gate of a ranking: the checks that its YAML asks for, as a decision like that on any other model."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from lakeloop.config import RankingUseCase
from lakeloop.config.use_case.gate import Comparison
from lakeloop.config.use_case.limits import keeps
from lakeloop.config.use_case.ranking import RankingMetric
from lakeloop.lifecycle.evaluation.bootstrap import verdict
from lakeloop.lifecycle.evaluation.gate import (
    CANDIDATE,
    CHAMPION,
    SAID,
    Champion,
    Check,
    Decision,
    of_champion,
)
from lakeloop.lifecycle.evaluation.rows import FEWEST_UNITS
from lakeloop.lifecycle.ranking.judgement import Judged, Scope

SHOWN: dict[RankingMetric, str] = {
    "ndcg_at_10": "NDCG@10",
    "recall_at_10": "recall@10",
    "coverage": "coverage",
}
WHERE: dict[Scope, str] = {"all": "", "new": ", of items new to the entity,"}


def decide(use_case: RankingUseCase, judged: Judged, champion: Champion, more: Sequence[Check]) -> Decision:
    """Floors, comparisons with the simple methods and the champion, what is asked of new items, then `more`."""
    gate = use_case.gate
    checks = [_floor(judged, "gate.floors", "all", metric, limit) for metric, limit in gate.floors.items()]
    for name in use_case.baselines:
        checks.append(_compared(use_case, judged, name, "gate.baselines", gate.baselines))
    for name in use_case.simpler_models:
        checks.append(_compared(use_case, judged, name, "gate.simpler_models", gate.simpler_models))
    compared = None
    if champion.can_score:
        compared = _compared(use_case, judged, CHAMPION, "gate.champion", gate.champion)
        checks.append(compared)
    checks += [*of_champion(champion, compared), *_of_new_items(use_case, judged)]
    return Decision([*checks, *more], champion)


def _of_new_items(use_case: RankingUseCase, judged: Judged) -> Iterator[Check]:
    asked = use_case.gate.new_items
    if asked is None:
        return
    for metric, limit in asked.floors.items():
        yield _floor(judged, "gate.new_items.floors", "new", metric, limit)
    for name in use_case.baselines:
        yield _compared(use_case, judged, name, "gate.new_items.baselines", asked.baselines, "new")


def _floor(judged: Judged, key: str, scope: Scope, metric: RankingMetric, limit: str) -> Check:
    value, where = judged.figures(CANDIDATE, scope)[metric], f"{key}.{metric}"
    passed, shown = keeps(value, limit), f"{SHOWN[metric]}{WHERE[scope]}"
    how = (
        "is undefined, required is"
        if math.isnan(value)
        else f"{value:.4f} {'keeps' if passed else 'misses'} the limit"
    )
    figures = {"metric": metric, "scope": scope, "value": value, "limit": limit}
    text = f"{SHOWN[metric]} {value:.4f}"
    return Check(
        where,
        passed,
        f"holdout {shown} {how} {limit} ({where})",
        figures,
        _group(scope, "floors"),
        text,
        limit,
    )


def _compared(
    use_case: RankingUseCase, judged: Judged, other: str, key: str, policy: Comparison, scope: Scope = "all"
) -> Check:
    metric = use_case.gate.compare_by
    lead = judged.lead(other, metric, scope)
    found = verdict(lead, policy.margin) if judged.entities >= FEWEST_UNITS else "undefined"
    action = "refuse" if found == "undefined" else getattr(policy, found.replace(" ", "_"))
    where = key if found == "undefined" else f"{key}.{found.replace(' ', '_')}"
    ours, theirs = (judged.figures(name, scope)[metric] for name in (CANDIDATE, other))
    by = f" by the margin {policy.margin:+.4f}" if policy.margin and found != "undefined" else ""
    sentence = (
        f"holdout {SHOWN[metric]}{WHERE[scope]} {ours:.4f} {SAID[found]} {_words(other)}'s {theirs:.4f}{by}: "
        f"difference {lead} at 95%, above 0 is better, on the same {judged.answered(scope)} questions of "
        f"{judged.entities} {use_case.entity.noun[1]} ({where}: {action})"
    )
    figures = {
        "metric": metric,
        "scope": scope,
        "other": other,
        "candidate_value": ours,
        "other_value": theirs,
        "margin": policy.margin,
        "verdict": found,
        **asdict(lead),
    }
    asked = f"a lead of {policy.margin:+.4f} over {_words(other)}"
    return Check(where, action == "pass", sentence, figures, _group(scope, "comparisons"), str(lead), asked)


def _group(scope: Scope, group: str) -> str:
    return group if scope == "all" else f"{group}, new items"


def _words(name: str) -> str:
    return name.replace("_", " ")
