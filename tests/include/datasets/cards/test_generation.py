"""The days of a world: complete, in order, and the same whoever asks for them."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeloop_datasets.cards import Cards, Drift, generate

FIRST = date(2025, 3, 1)
DRIFT = Drift(start=FIRST + timedelta(days=8), relay=3.0, inflation=0.5)


def on(table: pd.DataFrame, first: date, days: int, column: str = "event_time") -> pd.DataFrame:
    """The rows of some days, numbered from 0."""
    begin = pd.Timestamp(first, tz="UTC")
    within = (table[column] >= begin) & (table[column] < begin + timedelta(days=days))
    return table[within].reset_index(drop=True)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    cards=st.integers(1, 300),
    start=st.integers(0, 14),
    days=st.integers(1, 16),
    drifts=st.booleans(),
)
def test_a_day_does_not_depend_on_which_other_days_are_made(
    seed: int, cards: int, start: int, days: int, drifts: bool
) -> None:
    drift = DRIFT if drifts else None
    whole = generate(FIRST, 30, seed, cards, drift)
    first = FIRST + timedelta(days=start)

    part = generate(first, days, seed, cards, drift)

    pd.testing.assert_frame_equal(part.transactions, on(whole.transactions, first, days))
    truth = whole.truth["transaction_id"].isin(part.transactions["transaction_id"])
    pd.testing.assert_frame_equal(part.truth, whole.truth[truth].reset_index(drop=True))
    assert set(part.reports["transaction_id"]) <= set(whole.reports["transaction_id"])


def test_a_longer_replay_only_adds_reports(made: Cards) -> None:
    shorter = generate(FIRST, 100)

    told = on(made.reports, FIRST, 100, "reported_at")

    pd.testing.assert_frame_equal(shorter.reports.reset_index(drop=True), told)
    assert len(made.reports) > len(told) > 500


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_events() -> None:
    one, same, other = (generate(FIRST, 3, seed).transactions for seed in (1, 1, 2))

    pd.testing.assert_frame_equal(one, same)
    assert not one["amount"].head(100).equals(other["amount"].head(100))


def test_tables_are_sorted_and_complete(made: Cards) -> None:
    payments = made.transactions

    assert payments["event_time"].is_monotonic_increasing
    assert made.reports["reported_at"].is_monotonic_increasing
    assert payments["transaction_id"].is_unique
    assert made.reports["transaction_id"].is_unique
    assert not payments.isna().any().any()
    assert set(made.truth["transaction_id"]) < set(payments["transaction_id"])
    assert set(made.reports["transaction_id"]) < set(payments["transaction_id"])


def test_columns_are_what_the_outside_expects(made: Cards) -> None:
    payments = made.transactions

    assert str(payments["event_time"].dtype) == "datetime64[ms, UTC]"
    assert payments["card_id"].str.fullmatch(r"C\d{6}").all()
    assert payments["merchant_id"].str.fullmatch(r"M\d{4}").all()
    assert payments["country"].str.fullmatch(r"[A-Z]{2}").all()
    assert set(payments["channel"]) == {"chip", "contactless", "online"}
    assert payments["merchant_category"].nunique() == 13
    assert payments["amount"].ge(0.5).all()
    assert payments["amount"].round(2).equals(payments["amount"])
    assert payments["latitude"].between(-90, 90).all()
    assert payments["longitude"].between(-180, 180).all()
    assert not {"kind", "fraud"} & set(payments.columns)


@pytest.mark.parametrize(("days", "cards"), [(0, 10), (3, 0)])
def test_nothing_to_make_is_refused(days: int, cards: int) -> None:
    with pytest.raises(ValueError, match=f"days is {days} and cards is {cards}; both are at least 1"):
        generate(FIRST, days, cards=cards)
