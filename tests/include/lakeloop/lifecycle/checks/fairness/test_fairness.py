"""Decisions that treat groups alike pass; others are refused with group, limit and what would help."""

from typing import Any

import numpy as np
import pytest

from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.fairness import judge
from lakeloop.lifecycle.checks.fairness.groups import cut_off
from lakeloop.lifecycle.evaluation.gate import Check
from tests.include.lakeloop.lifecycle.checks.world import evidence, history, refused, with_predictions

LIMITS = {
    "demographic_parity_difference": "<= 0.15",
    "demographic_parity_ratio": ">= 0.6",
    "equalized_odds_difference": "<= 0.2",
}
KEYS = [f"gate.fairness.{name}" for name in LIMITS]


def asked(**fairness: Any) -> Evidence:
    base = {"columns": ["district"], "threshold": {"top": 0.3}, "min_rows": 100, **LIMITS}
    return evidence(gate={"fairness": base | fairness})


def against_the_east(found: Evidence) -> Evidence:
    east = (found.holdout["district"] == "east").to_numpy()
    return with_predictions(found, np.where(east, 0.6 + 0.4 * found.predictions, 0.5 * found.predictions))


def test_equal_treatment_passes_and_says_who_was_left_out() -> None:
    checks = judge(asked())

    assert [check.key for check in checks] == KEYS
    assert refused(checks) == []
    assert "among 2 groups of district at threshold 0." in checks[0].sentence
    assert "135 rows have no value" in checks[0].sentence
    assert set(checks[0].figures["selection_rates"]) == {"east", "west"}


def test_unequal_treatment_is_refused_by_each_limit() -> None:
    checks = judge(against_the_east(asked()))

    assert refused(checks) == KEYS
    assert (
        "lies wholly beyond the limit <= 0.15 (gate.fairness.demographic_parity_difference)"
        in checks[0].sentence
    )


def test_a_refusal_offers_what_would_help_with_what_it_gives() -> None:
    [parity, _, odds] = judge(against_the_east(asked()))

    offered = parity.figures["mitigation"]
    assert [each["mitigation"].split("fairlearn ")[1] for each in offered] == [
        "ThresholdOptimizer)",
        "ExponentiatedGradient)",
    ]
    for each in offered:
        assert each["after"] < 0.25 < each["before"]
        assert each["balanced_accuracy_after"] > 0.6
    assert "would give demographic parity difference 0." in parity.sentence
    assert odds.figures["mitigation"][0]["constraint"] == "equalized_odds"


def test_mitigation_can_be_left_away() -> None:
    assert "mitigation" not in judge(against_the_east(asked(mitigation=False)))[0].figures


def test_a_difference_that_may_be_noise_passes() -> None:
    """Both limits lie below the figure; only from one of them on does the whole interval lie above."""

    def of_guesses(limit: float) -> Check:
        others = {"demographic_parity_ratio": None, "equalized_odds_difference": None, "mitigation": False}
        found = asked(demographic_parity_difference=f"<= {limit:.6f}", **others)
        favoured = 0.1 * (found.holdout["district"] == "east").to_numpy()
        [check] = judge(with_predictions(found, np.random.default_rng(1).random(len(found.y)) + favoured))
        return check

    seen = of_guesses(1.0).figures
    assert of_guesses((seen["value"] + seen["low"]) / 2).passed
    assert not of_guesses(seen["low"] * 0.9).passed


def test_small_groups_are_named_and_not_judged() -> None:
    few = history()["visitor"] < 12
    frame = history().assign(district=history()["district"].where(~few, "island"))
    gate = {"fairness": {"columns": ["district"], "min_rows": 200, **LIMITS}}

    checks = judge(evidence(gate=gate, frame=frame))

    assert "too small to be judged: island" in checks[0].sentence
    assert "among 2 groups" in checks[0].sentence


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"min_rows": 1000}, "fewer than two groups of district have 1000 rows"),
        ({"threshold": {"probability": 0.9999}}, "no judged row of district reaches the threshold 0.9999"),
        ({"threshold": {"probability": 0.0001}}, "every judged row of district reaches the threshold 0.0001"),
    ],
)
def test_nothing_judged_is_refused(changes: dict[str, Any], said: str) -> None:
    checks = judge(asked(**changes))

    assert refused(checks) == KEYS
    assert said in checks[0].sentence


def test_without_sensitive_columns_there_is_no_check() -> None:
    assert judge(evidence()) == []


def test_the_highest_tenth_is_a_tenth() -> None:
    predictions = np.random.default_rng(1).random(1000)

    least = cut_off(asked(threshold={"top": 0.1}).gate.fairness.threshold, predictions)

    assert (predictions >= least).mean() == pytest.approx(0.1, abs=0.002)


def with_ages(training: str) -> Evidence:
    """A sensitive column of numbers, against whose older half the model decides.

    Args:
        training: how the training periods know it: ``alike``, ``younger`` (other quartiles), or ``missing``.
    """
    frame = history()
    ages = 20.0 + frame["visitor"] / 3 + np.where(frame["visitor"] % 10 == 0, np.nan, 0.0)
    first = asked().split.holdout.first
    before = asked().use_case.period.indices(frame["as_of"]) < first
    in_training = {"alike": ages, "younger": ages - 5, "missing": ages * np.nan}[training]
    ages = ages.where(~before, in_training)
    limits = {"columns": ["age"], "threshold": {"top": 0.3}, "min_rows": 100, **LIMITS}
    found = evidence(gate={"fairness": limits}, frame=frame.assign(age=ages))
    old = (found.holdout["age"] > 45).to_numpy()
    return with_predictions(found, np.where(old, 0.6 + 0.4 * found.predictions, 0.5 * found.predictions))


@pytest.mark.parametrize("training", ["alike", "younger"])
def test_a_sensitive_number_is_cut_once_and_mitigated_in_the_same_groups(training: str) -> None:
    [parity, *_] = judge(with_ages(training))

    assert not parity.passed
    assert len(parity.figures["selection_rates"]) == 4
    assert "135 rows have no value" in parity.sentence
    thresholds, reduced = parity.figures["mitigation"]
    assert thresholds["after"] < thresholds["before"]
    assert reduced["after"] < reduced["before"]


def test_a_sensitive_column_that_training_did_not_know_offers_thresholds_only() -> None:
    [parity, *_] = judge(with_ages("missing"))

    assert not parity.passed
    assert [each["mitigation"][:10] for each in parity.figures["mitigation"]] == ["thresholds"]


TIGHT = {
    "demographic_parity_difference": "<= 0.05",
    "demographic_parity_ratio": ">= 0.85",
    "equalized_odds_difference": "<= 0.08",
}
WORLDS = 60


def refused_in_worlds(unfair: float) -> dict[str, float]:
    """By limit, the share of 60 worlds that are refused: six groups whose decisions are drawn, one by `unfair` less."""
    frame = history().assign(district=[f"d{one % 6}" for one in history()["visitor"]])
    limits = {"columns": ["district"], "threshold": {"probability": 0.5}, "mitigation": False, **TIGHT}
    found = evidence(gate={"fairness": limits}, frame=frame)
    less = np.where(found.holdout["district"] == "d0", unfair, 0.0)
    random, times = np.random.default_rng(4), dict.fromkeys(KEYS, 0)
    for _ in range(WORLDS):
        drawn = np.where(random.random(len(found.y)) < 0.4 - less, 0.9, 0.1)
        for key in refused(judge(with_predictions(found, drawn))):
            times[key] += 1
    return {key: number / WORLDS for key, number in times.items()}


def test_equal_groups_are_refused_no_more_often_than_the_confidence_says() -> None:
    assert max(refused_in_worlds(unfair=0.0).values()) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / WORLDS)


def test_a_group_that_is_treated_otherwise_is_caught() -> None:
    assert min(refused_in_worlds(unfair=0.25).values()) >= 0.9
