"""Frauds are as rare and of the kinds that docs/fraud-process.md says, and can be learnt, yet not by a rule."""

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from sklearn.metrics import average_precision_score

from lakeloop_datasets.cards import Cards

from .conftest import FIRST
from .simple import features

TRAINED, JUDGED = 120, 134  # the first 120 days; from day 134 on, when their labels have come


def of_kind(labelled: pd.DataFrame, kind: str) -> pd.DataFrame:
    return labelled[labelled["kind"] == kind]


def test_about_one_payment_in_two_hundred_is_a_fraud_of_each_kind(labelled: pd.DataFrame) -> None:
    shares = labelled["kind"].value_counts(normalize=True)

    assert set(shares.index) == {"honest", "velocity", "geography", "collusion", "takeover"}
    assert shares.drop("honest").sum() == pytest.approx(0.005, abs=0.001)
    assert shares.drop("honest").min() > 0.0004


def test_velocity_is_online_and_ends_with_large_amounts(labelled: pd.DataFrame) -> None:
    velocity = of_kind(labelled, "velocity")

    assert set(velocity["channel"]) == {"online"}
    assert 2 < velocity["amount"].median() < 12
    assert velocity["amount"].quantile(0.9) > 300


def test_collusion_is_round_at_night_and_of_few_merchants(labelled: pd.DataFrame) -> None:
    collusion = of_kind(labelled, "collusion")

    assert (collusion["amount"] % 10 == 0).all()
    assert collusion["event_time"].dt.hour.isin([23, 0, 1, 2, 3, 4, 5]).mean() > 0.95
    assert collusion["merchant_id"].nunique() < len(collusion) / 4
    assert collusion["card_id"].nunique() > 0.8 * len(collusion)


def test_a_takeover_buys_more_than_its_card_did(labelled: pd.DataFrame) -> None:
    takeover = of_kind(labelled, "takeover")
    usual = of_kind(labelled, "honest").groupby("card_id")["amount"].median()

    assert (takeover["amount"] / takeover["card_id"].map(usual)).median() > 3
    assert set(takeover["channel"]) == {"online"}


@pytest.fixture(scope="module")
def judged(made: Cards, labelled: pd.DataFrame) -> pd.DataFrame:
    """The last 30 days with `fraud`, and the score of a model that learnt from what was reported by then."""
    day = (labelled["event_time"] - pd.Timestamp(FIRST, tz="UTC")).dt.days
    by_then = made.reports["reported_at"] < pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(days=JUDGED)
    reported = labelled["transaction_id"].isin(made.reports[by_then]["transaction_id"])
    x, learns, is_judged = features(labelled), day < TRAINED, day >= JUDGED
    model = xgb.XGBClassifier(
        n_estimators=150, max_depth=5, learning_rate=0.1, min_child_weight=3, n_jobs=1, random_state=0
    ).fit(x[learns], reported[learns])
    scored = x[is_judged].assign(score=model.predict_proba(x[is_judged])[:, 1])
    return scored.assign(kind=labelled["kind"][is_judged], fraud=labelled["kind"][is_judged] != "honest")


def precision(judged: pd.DataFrame, score: str) -> float:
    return float(average_precision_score(judged["fraud"], judged[score]))


def test_a_model_learns_what_rules_do_not_see(judged: pd.DataFrame) -> None:
    model, amount, velocity = (precision(judged, score) for score in ("score", "amount", "card_hour"))

    assert 0.55 < model < 0.9
    assert 0.015 < amount < 0.15
    assert 0.02 < velocity < 0.3


def test_each_kind_can_be_learnt(judged: pd.DataFrame) -> None:
    for kind in ("velocity", "geography", "collusion", "takeover"):
        alone = judged[judged["kind"].isin(["honest", kind])]
        assert precision(alone, "score") > 100 * np.mean(alone["fraud"]), kind
