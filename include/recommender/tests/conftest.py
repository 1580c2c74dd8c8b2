"""A model of a small world, fitted once."""

import pandas as pd
import pytest

from rankstream import Model, Recommender, fit
from rankstream_testing import SMALL, world


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    return world()


@pytest.fixture(scope="session")
def early(table: pd.DataFrame) -> pd.DataFrame:
    """The table without its last quarter."""
    return table[table["at"] < table["at"].quantile(0.75)]


@pytest.fixture(scope="session")
def model(early: pd.DataFrame) -> Model:
    return fit(early, SMALL)


@pytest.fixture(scope="session")
def recommender(model: Model) -> Recommender:
    return Recommender(model)
