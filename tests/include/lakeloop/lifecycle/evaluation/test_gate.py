"""The gate refuses by default, and says why with numbers, interval and key."""

import json
from typing import Any

import numpy as np
import pytest

from lakeloop.config.use_case.gate import Gate
from lakeloop.lifecycle.evaluation.advantage import Advantage
from lakeloop.lifecycle.evaluation.gate import Champion, Check, Decision, decide, holds
from lakeloop.lifecycle.evaluation.rows import ScoredRows, Units

FIRST, VERSION_3 = Champion(None), Champion("3")
GATE: dict[str, Any] = {
    "floors": {"auc": ">= 0.80"},
    "compare_by": "auc",
    "baselines": {"margin": 0.02, "not_distinguishable": "refuse"},
    "simpler_models": {"not_distinguishable": "pass"},
    "champion": {"not_distinguishable": "pass"},
    "bootstrap": {"resamples": 200},
}


def gate(**changes: Any) -> Gate:
    return Gate.model_validate(GATE | changes)


def rows_of(noise: dict[str, float], entities: int = 300) -> ScoredRows:
    """Contenders that see the answer through more or less noise; the more, the worse."""
    random = np.random.default_rng(1)
    units = np.repeat(np.arange(entities), 4)
    signal = random.normal(size=len(units))
    y = (signal + 0.3 * random.normal(size=len(units)) > 0).astype("float64")
    seen = {name: signal + amount * random.normal(size=len(units)) for name, amount in noise.items()}
    return ScoredRows(
        "binary", y, {k: 1 / (1 + np.exp(-v)) for k, v in seen.items()}, Units(units, entities, "entities")
    )


ROWS = rows_of({"candidate": 0.5, "rule": 3.0, "linear": 0.5, "champion": 0.52})


def judge(rows: ScoredRows = ROWS, champion: Champion = FIRST, /, **changes: Any) -> Decision:
    return decide(gate(**changes), rows, ["rule"], ["linear"], champion)


def failed(decision: Decision) -> list[str]:
    return [check.key for check in decision.checks if not check.passed]


def test_without_any_check_the_answer_is_no() -> None:
    decision = Decision([], FIRST)

    assert (decision.status, decision.reason) == ("refused", "no check was made")


def test_a_good_first_model_passes_and_says_that_it_is_the_first() -> None:
    decision = judge()

    assert decision.passed
    assert [check.key for check in decision.checks] == [
        "gate.floors.auc",
        "gate.baselines.better",
        "gate.simpler_models.not_distinguishable",
        "gate.champion",
    ]
    assert "there is no champion to compare with: this is the first model" in decision.reason


def test_a_sentence_holds_figures_interval_rows_and_key() -> None:
    [said] = [check.sentence for check in judge().checks if check.key == "gate.baselines.better"]

    assert said.startswith("holdout AUC 0.9")
    assert " is better than rule's 0." in said
    assert " by the margin +0.0200: difference +0." in said
    assert said.endswith(
        " at 95%, above 0 is better, on the same 1200 rows of 300 entities (gate.baselines.better: pass)"
    )


@pytest.mark.parametrize(
    ("noise", "policy", "key", "passed"),
    [
        (3.0, {}, "gate.champion.better", True),
        (0.52, {}, "gate.champion.not_distinguishable", True),
        (0.52, {"not_distinguishable": "refuse"}, "gate.champion.not_distinguishable", False),
        (0.01, {}, "gate.champion.worse", False),
        (0.01, {"worse": "pass", "not_distinguishable": "pass"}, "gate.champion.worse", True),
        (3.0, {"better": "refuse", "not_distinguishable": "pass"}, "gate.champion.better", False),
    ],
)
def test_what_follows_from_the_champion_is_the_yamls_choice(
    noise: float, policy: dict[str, Any], key: str, passed: bool
) -> None:
    rows = rows_of({"candidate": 0.5, "rule": 5.0, "linear": 0.5, "champion": noise})

    decision = judge(rows, VERSION_3, champion=policy or GATE["champion"])

    assert {check.key: check.passed for check in decision.checks}[key] is passed
    assert decision.passed is passed


def test_a_champion_that_needs_a_lost_feature_is_not_compared_with_and_that_is_said() -> None:
    """Without this the loop would be stuck: neither could the champion score nor its successor be validated."""
    rows = rows_of({"candidate": 0.5, "rule": 3.0, "linear": 0.5})

    decision = judge(rows, Champion("3", lacks=("fuel", "visits")))

    assert decision.passed
    assert (
        "champion version 3 cannot score the present features, it needs fuel, visits: not compared with it "
        "(gate.champion)"
    ) in decision.reasons
    assert decision.report()["compared_with_champion"] == "3"
    assert decision.report()["champion_lacks"] == ["fuel", "visits"]


def test_its_successor_has_to_pass_all_else() -> None:
    rows = rows_of({"candidate": 3.0, "rule": 0.5, "linear": 3.0})

    assert failed(judge(rows, Champion("3", lacks=("fuel",)))) == ["gate.floors.auc", "gate.baselines.worse"]


def test_a_contender_that_was_not_scored_is_an_error() -> None:
    with pytest.raises(KeyError, match="champion"):
        judge(rows_of({"candidate": 0.5, "rule": 3.0, "linear": 0.5}), VERSION_3)


def test_an_undefined_comparison_refuses_and_says_what_to_do() -> None:
    rows = ScoredRows(
        "binary", ROWS.y, {**ROWS.predictions, "rule": ROWS.predictions["rule"] * 99}, ROWS.units
    )

    decision = judge(
        rows, compare_by="brier", simpler_models={"not_distinguishable": "pass", "worse": "pass"}
    )

    assert failed(decision) == ["gate.baselines"]
    assert (
        "the metric is undefined for one of the two; compare by another (gate.compare_by)" in decision.reason
    )


def test_one_class_only_refuses_everything() -> None:
    rows = ScoredRows("binary", np.zeros(1200), ROWS.predictions, ROWS.units)

    decision = judge(rows, VERSION_3)

    assert failed(decision) == ["gate.floors.auc", "gate.baselines", "gate.simpler_models", "gate.champion"]
    assert "holdout AUC is undefined, required is >= 0.80 (gate.floors.auc)" in decision.reasons


def test_too_few_entities_for_an_interval_refuse() -> None:
    decision = judge(rows_of({"candidate": 0.5, "rule": 3.0, "linear": 0.5}, entities=5))

    assert "5 entities are drawn from, expected at least 8" in decision.reason


@pytest.mark.parametrize(
    ("metric", "value", "limit", "kept"),
    [
        ("auc", 0.8, ">= 0.80", True),
        ("auc", 0.7999, ">= 0.80", False),
        ("wape", 0.25, "<= 0.25", True),
        ("wape", 0.26, "<= 0.25", False),
        ("bias", -0.2, "<= 0.1", False),
        ("bias", -0.05, "<= 0.1", True),
        ("auc", float("nan"), ">= 0", False),
        ("wape", float("nan"), "<= 9", False),
    ],
)
def test_a_limit_bounds_the_size_of_a_figure(metric: Any, value: float, limit: str, kept: bool) -> None:
    assert holds(metric, value, limit) is kept


def test_further_checks_stand_behind_its_own_and_decide_too() -> None:
    own = judge()
    more = [Check("gate.health.finite", False, "3 of 9 predictions are not finite (gate.health.finite)")]

    decision = own.with_more(more)

    assert [*own.checks, *more] == decision.checks
    assert (own.status, decision.status) == ("passed", "refused")
    assert decision.reasons == ["3 of 9 predictions are not finite (gate.health.finite)"]


def test_the_reason_of_a_pass_says_how_good_it_is_and_counts_the_rest() -> None:
    more = [Check(f"gate.health.{n}", True, "all is well", group="health") for n in range(3)]

    assert judge().with_more(more).reasons == [*judge().reasons, "3 further checks passed"]


def test_each_check_has_a_heading_a_value_and_a_limit_for_a_table() -> None:
    rows = {check.key: (check.group, check.value, check.limit) for check in judge().checks}

    assert rows["gate.floors.auc"][0::2] == ("floors", ">= 0.80")
    assert rows["gate.floors.auc"][1].startswith("AUC 0.9")
    assert rows["gate.baselines.better"][0::2] == ("comparisons", "a lead of +0.0200 over rule")


def test_the_reason_of_a_refusal_names_only_what_failed() -> None:
    assert len(judge(floors={"auc": ">= 0.99"}).reasons) == 1
    assert len(judge().reasons) == len(judge().checks)


def test_the_report_is_plain_json_even_where_a_figure_is_undefined() -> None:
    rows = ScoredRows("binary", np.zeros(1200), ROWS.predictions, ROWS.units)

    report = json.loads(json.dumps(judge(rows, VERSION_3).report(), allow_nan=False))

    assert report["status"] == "refused"
    assert report["checks"][1]["figures"]["verdict"] == "undefined"
    assert report["checks"][1]["figures"]["low"] is None


def test_a_regression_is_judged_by_the_same_gate() -> None:
    random = np.random.default_rng(2)
    y = random.uniform(5, 20, 600)
    predictions = {"candidate": y + random.normal(size=600), "last week": y + 4 * random.normal(size=600)}
    rows = ScoredRows("regression", y, predictions, Units(np.repeat(np.arange(100), 6), 100, "desks"))
    asked = gate(
        floors={"wape": "<= 0.15", "bias": "<= 0.05"},
        compare_by="wape",
        baselines={"not_distinguishable": "refuse"},
    )

    decision = decide(asked, rows, ["last week"], [], FIRST)

    assert decision.passed
    assert "holdout WAPE 0.0" in decision.reason
    assert "is better than last week's 0.2" in decision.reason


LEARNED = Advantage("champion version 3 learned from the holdout", "trained through B", "trained through A")


def test_a_champion_that_learned_from_the_holdout_is_named_where_the_candidate_stands_all_the_same() -> None:
    decision = judge(ROWS, Champion("3", advantage=LEARNED))

    assert decision.passed
    [said] = [check for check in decision.checks if check.key == "gate.champion.learned_from_holdout"]
    assert said.sentence.startswith(
        "champion version 3 learned from the holdout: the comparison favours it, and"
    )
    assert said.sentence in decision.reason


def test_a_comparison_with_it_that_is_lost_is_refused_as_one_that_was_not_fair() -> None:
    rows = rows_of({"candidate": 0.5, "rule": 3.0, "linear": 0.5, "champion": 0.01})

    decision = judge(rows, Champion("3", advantage=LEARNED))

    assert failed(decision) == ["gate.champion.worse", "gate.champion.learned_from_holdout"]
    said = decision.checks[-1]
    assert (said.value, said.limit) == ("trained through B", "trained through A")
    assert "the candidate did not stand a comparison that favours it" in said.sentence
    assert "promote it with an override and a reason" in said.sentence


def test_a_champion_that_cannot_be_compared_with_has_no_advantage() -> None:
    keys = [check.key for check in judge(ROWS, Champion("3", ("fuel",), LEARNED)).checks]

    assert "gate.champion.learned_from_holdout" not in keys
