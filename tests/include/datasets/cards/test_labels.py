"""Reports come late, not always, and are sometimes wrong."""

import numpy as np
import pandas as pd
import pytest

from lakeloop_datasets.cards import Cards, generate

from .conftest import FIRST


@pytest.fixture(scope="module")
def matured() -> tuple[pd.DataFrame, Cards]:
    """Reports of the first 120 days, nearly all of which have come after 280, with the time they took."""
    made = generate(FIRST, 280)
    told = made.transactions.merge(made.reports, on="transaction_id")
    told = told[told["event_time"] < pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(days=120)]
    days = (told["reported_at"] - told["event_time"]).dt.total_seconds() / 86_400
    return told.assign(days=days, true=told["transaction_id"].isin(made.truth["transaction_id"])), made


def test_delays_have_the_documented_distribution(matured: tuple[pd.DataFrame, Cards]) -> None:
    days = matured[0]["days"]

    assert days.min() > 0
    assert days.median() == pytest.approx(4, abs=0.6)
    assert np.mean(days <= 14) == pytest.approx(0.95, abs=0.025)


def test_some_frauds_are_never_reported_and_some_reports_are_false(
    matured: tuple[pd.DataFrame, Cards],
) -> None:
    told, made = matured
    early = made.transactions["event_time"] < pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(days=120)
    frauds = set(made.transactions[early]["transaction_id"]) & set(made.truth["transaction_id"])

    assert told["true"].sum() / len(frauds) == pytest.approx(0.96, abs=0.025)
    assert 0.005 < np.mean(~told["true"]) < 0.05


def test_who_reports_says_nothing_about_the_fraud(matured: tuple[pd.DataFrame, Cards]) -> None:
    told = matured[0]

    shares = told.groupby("true")["kind"].value_counts(normalize=True).unstack()

    assert set(told["kind"]) == {"cardholder", "issuer", "merchant"}
    assert shares["cardholder"][True] == pytest.approx(0.72, abs=0.05)
