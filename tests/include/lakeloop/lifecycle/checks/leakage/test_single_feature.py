"""A feature that is the answer is caught; the figure is scikit-learn's and scipy's."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from lakeloop.lifecycle.checks.leakage.single_feature import association, judge
from tests.include.lakeloop.lifecycle.checks.world import FEATURES, evidence, expected, history, refused

KEY = "gate.leakage.single_feature"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_it_is_what_the_libraries_say(seed: int, tied: bool) -> None:
    random = np.random.default_rng(seed)
    y, feature = (random.random(200) < 0.4).astype(float), random.normal(size=200)
    feature = np.round(feature) if tied else feature
    feature[:30] = np.nan
    known, column = slice(30, None), pd.Series(feature)
    missing = np.isnan(feature).astype(float)

    auc = max(abs(2 * roc_auc_score(y, missing) - 1), abs(2 * roc_auc_score(y[known], feature[known]) - 1))
    assert association("binary", y, column) == pytest.approx(auc)
    number = y + random.normal(size=200)
    rank = max(abs(spearmanr(number, missing)[0]), abs(spearmanr(number[known], feature[known])[0]))
    assert association("regression", number, column) == pytest.approx(rank)


def test_ordinary_features_pass_and_the_strongest_is_named() -> None:
    [check] = judge(evidence())

    assert check.passed
    assert check.sentence.startswith("feature idle_days ranks the classes alone with |2 AUC - 1| 0.")


@pytest.mark.parametrize("sign", [1, -1])
def test_a_feature_that_is_the_label_in_disguise_is_refused(sign: int) -> None:
    frame = history().assign(returned_within=sign * (history()["gone"] * 100 + history()["idle_days"]))

    [check] = judge(evidence(frame=frame, features=[*FEATURES, "returned_within"]))

    assert refused([check]) == [KEY]
    assert (
        "feature returned_within ranks the classes alone with |2 AUC - 1| 1, which misses the limit <= 0.995"
        in check.sentence
    )


def test_that_a_value_is_missing_can_be_the_answer() -> None:
    frame = history().assign(next_visit=history()["idle_days"].where(history()["gone"] == 0))

    assert refused(judge(evidence(frame=frame, features=[*FEATURES, "next_visit"]))) == [KEY]


def test_a_regression_has_a_limit_too() -> None:
    frame = history("regression")
    leaky = frame.assign(sold_total=frame["sold"] * 2 + 1)

    assert refused(judge(evidence(expected, task="regression"))) == []
    assert refused(
        judge(evidence(expected, frame=leaky, features=[*FEATURES, "sold_total"], task="regression"))
    ) == [KEY]
