"""Payments that many tests look at, made once."""

from datetime import date

import pandas as pd
import pytest

from lakeloop_datasets.cards import Cards, generate

FIRST = date(2025, 3, 1)


@pytest.fixture(scope="session")
def made() -> Cards:
    return generate(FIRST, 164)


@pytest.fixture(scope="session")
def labelled(made: Cards) -> pd.DataFrame:
    """Payments with what they really were: honest, or a kind of fraud."""
    kinds = made.truth.set_index("transaction_id")["kind"]
    return made.transactions.assign(kind=made.transactions["transaction_id"].map(kinds).fillna("honest"))
