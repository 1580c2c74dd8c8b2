"""A model that lives on one feature is refused where the YAML asks for it."""

import pytest

from lakeloop.lifecycle.checks.leakage.collapse import judge, lost_share_of_each
from tests.include.lakeloop.lifecycle.checks.world import evidence, refused

KEY = "gate.leakage.collapse"


def test_it_is_off_unless_asked_for() -> None:
    assert judge(evidence()) == []


def test_a_model_of_one_feature_loses_all_without_it_and_nothing_without_another() -> None:
    lost = lost_share_of_each(evidence())

    assert lost["idle_days"] == pytest.approx(1, abs=0.15)
    assert lost["noise"] == 0


def test_it_is_refused_and_the_feature_named() -> None:
    [check] = judge(evidence(gate={"leakage": {"collapse": "<= 0.5"}}))

    assert refused([check]) == [KEY]
    assert "without feature idle_days the lead shrinks by a share of" in check.sentence


def test_a_model_of_two_features_passes() -> None:
    [check] = judge(
        evidence(
            lambda x: (0.04 * x["idle_days"] - 0.2 * x["visits"].fillna(0) + 2).clip(0, 5).to_numpy() / 5,
            {"leakage": {"collapse": "<= 0.9"}},
        )
    )

    assert refused([check]) == []
