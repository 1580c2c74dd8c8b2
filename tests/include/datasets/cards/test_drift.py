"""Drift changes what comes after its start, and nothing before."""

from datetime import timedelta

import pandas as pd
import pytest

from lakeloop_datasets.cards import Cards, Drift, generate

from .conftest import FIRST

START = FIRST + timedelta(days=60)
AFTER = pd.Timestamp(START, tz="UTC")


@pytest.fixture(scope="module")
def drifted() -> Cards:
    return generate(
        FIRST, 164, drift=Drift(START, inflation=0.3, online=2.0, mix={"velocity": 0.0, "takeover": 3.0})
    )


def kinds(cards: Cards) -> pd.Series:
    """How many frauds of each kind there are after the start."""
    late = cards.transactions[cards.transactions["event_time"] >= AFTER + timedelta(days=6)]
    return cards.truth[cards.truth["transaction_id"].isin(late["transaction_id"])]["kind"].value_counts()


def test_nothing_changes_before_the_start(made: Cards, drifted: Cards) -> None:
    before, same = (cards.transactions[cards.transactions["event_time"] < AFTER] for cards in (made, drifted))

    pd.testing.assert_frame_equal(before, same)


def test_a_new_pattern_appears_and_the_mix_shifts(made: Cards, drifted: Cards) -> None:
    plain, shifted = kinds(made), kinds(drifted)

    assert "relay" not in plain
    assert shifted["relay"] > 50
    assert "velocity" not in shifted
    assert shifted["takeover"] > 2 * plain["takeover"]


def test_amounts_rise_and_more_is_paid_online(made: Cards, drifted: Cards) -> None:
    late, later = (
        cards.transactions[cards.transactions["event_time"] >= AFTER + timedelta(days=40)]
        for cards in (made, drifted)
    )

    rise = (
        later.groupby("merchant_category")["amount"].median()
        / late.groupby("merchant_category")["amount"].median()
    )
    assert rise.median() == pytest.approx(1.3, abs=0.05)
    assert (later["channel"] == "online").mean() > 1.3 * (late["channel"] == "online").mean()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mix": {"velocty": 2.0}}, r"mix names \['velocty'\]; the kinds of fraud are collusion, geography"),
        ({"online": -1.0}, "online=-1.0.*rates and factors are 0 or more"),
        ({"ramp": 0}, "ramp=0.*at least a day"),
    ],
)
def test_a_drift_that_cannot_be_is_refused(change: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Drift(START, **change)
