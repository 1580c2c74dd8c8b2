"""A model that lives on one feature is refused where the YAML asks for it."""

import numpy as np
import pandas as pd
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


def test_a_feature_without_which_there_is_no_answer_is_refused() -> None:
    seen = set(zip(*(evidence().x[name] for name in ("visits", "noise")), strict=True))

    def lost(x: pd.DataFrame) -> np.ndarray:
        known = (
            x["visits"].isna()
            | pd.Series(list(zip(x["visits"], x["noise"], strict=True))).isin(seen).to_numpy()
        )
        return np.where(known, 0.1 + 0.01 * x["idle_days"], np.nan)

    [check] = judge(evidence(lost, {"leakage": {"collapse": "<= 5"}}))

    assert refused([check]) == [KEY]
    assert "is undefined" in check.sentence


def test_a_model_of_two_features_passes() -> None:
    [check] = judge(
        evidence(
            lambda x: (0.04 * x["idle_days"] - 0.2 * x["visits"].fillna(0) + 2).clip(0, 5).to_numpy() / 5,
            {"leakage": {"collapse": "<= 0.9"}},
        )
    )

    assert refused([check]) == []
