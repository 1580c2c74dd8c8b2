"""The gate of a ranking refuses by default, and says what it saw."""

import json
import re
from typing import Any

import pytest

from lakeloop.lifecycle.evaluation.advantage import Advantage
from lakeloop.lifecycle.evaluation.gate import Champion, Decision
from lakeloop.lifecycle.ranking.gate import decide
from lakeloop.lifecycle.ranking.judgement import Judged, judge
from lakeloop.lifecycle.ranking.split import Parts
from rankstream import Model
from tests.include.lakeloop.lifecycle.ranking.conftest import CONTENT, ranking

NOBODY = Champion(None)


def gate(**changes: Any) -> Any:
    return CONTENT["gate"] | changes


def decided(judged: Judged, present: Champion = NOBODY, /, **changes: Any) -> Decision:
    return decide(ranking(gate=gate(**changes)), judged, present, [])


def test_a_model_that_beats_all_passes(judged: Judged) -> None:
    decision = decided(judged, simpler_models={"not_distinguishable": "pass", "worse": "pass"})

    assert decision.passed
    assert "is better than popularity's" in decision.reason
    assert "there is no champion to compare with" in decision.reason


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"floors": {"ndcg_at_10": ">= 0.99"}}, r"NDCG@10 0\.\d+ misses the limit >= 0\.99"),
        ({"floors": {"coverage": ">= 1.01"}}, r"coverage \d\.\d+ misses"),
        ({"baselines": {"margin": 0.9, "not_distinguishable": "refuse"}}, r"is worse than popularity's"),
        (
            {"new_items": {"floors": {"recall_at_10": ">= 0.999"}}},
            r"recall@10, of items new to the entity, 0\.\d+ misses",
        ),
    ],
)
def test_what_it_asks_for_and_does_not_see_refuses(judged: Judged, changes: Any, said: str) -> None:
    decision = decided(judged, **changes)

    assert not decision.passed
    assert re.search(said, decision.reason)


def test_the_champion_is_met_on_the_same_questions(candidate: Model, table: Any, parts: Parts) -> None:
    both = judge(candidate, candidate, parts.known(table, 1), 200)

    equal = decided(both, Champion("3"), champion={"not_distinguishable": "refuse"})

    [check] = [check for check in equal.checks if check.key.startswith("gate.champion")]
    assert not check.passed
    assert "is not distinguishable from champion's" in check.sentence
    assert equal.champion.version == "3"


def test_a_champion_that_cannot_be_read_is_named(judged: Judged) -> None:
    decision = decided(judged, Champion("3", ("another version of rankstream: format",)))

    assert "champion version 3 cannot score" in " ".join(check.sentence for check in decision.checks)


def test_a_champion_that_has_learnt_from_the_holdout_is_named(
    candidate: Model, table: Any, parts: Parts
) -> None:
    both = judge(candidate, candidate, parts.known(table, 1), 200)
    knows = Advantage("champion version 3 learned from 2 of the 4 weeks of the holdout", "", "")

    decision = decided(both, Champion("3", (), knows))

    assert "learned from 2 of the 4 weeks" in " ".join(check.sentence for check in decision.checks)


def test_the_report_of_it_is_ready_for_json(judged: Judged) -> None:
    report = json.loads(json.dumps(decided(judged).report()))

    assert {check["group"] for check in report["checks"]} == {"floors", "comparisons"}
