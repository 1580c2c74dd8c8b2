"""The features in pandas have the values that one reckons by hand, so that they may judge what dbt makes."""

import pandas as pd
import pytest

from tests.dbt_project import churn_in_pandas as again
from tests.dbt_project.skew import assert_same_features, tables_of
from tests.integration.dbt_project.silver import last_day
from tests.integration.dbt_project.test_build import BY_HAND, VARIED, first_delivery, master_data

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def tables() -> Tables:
    delivered = master_data() | {"transactions": first_delivery()}
    return tables_of({name: dict(enumerate(rows)) for name, rows in delivered.items()})


@pytest.fixture(scope="module")
def features(tables: Tables) -> pd.DataFrame:
    days = again.purchase_days(tables)
    return again.features(again.asked(days, 13), days, tables)


def test_they_are_what_one_reckons_by_hand(features: pd.DataFrame) -> None:
    seen = features.loc[(VARIED, 9), :]
    assert seen[list(BY_HAND)].to_dict() == pytest.approx(BY_HAND)
    assert pd.isna(seen["gap_std"])


def served(features: pd.DataFrame) -> pd.DataFrame:
    frame = features.reset_index()
    return frame.assign(as_of=[last_day(week) for week in frame.pop("week")])


def test_equal_features_pass(features: pd.DataFrame, tables: Tables) -> None:
    assert_same_features(served(features), tables)


@pytest.mark.parametrize(
    "feature", ["days_since_purchase", "spend_26w", "gap_max", "campaigns_running", "age_rank"]
)
def test_one_value_that_differs_is_named(feature: str, features: pd.DataFrame, tables: Tables) -> None:
    skewed = served(features)
    first = skewed[feature].notna().idxmax()
    skewed.loc[first, feature] = skewed[feature].loc[first] + 1
    with pytest.raises(AssertionError, match=feature):
        assert_same_features(skewed, tables)


def test_a_value_that_is_known_too_early_is_named(features: pd.DataFrame, tables: Tables) -> None:
    skewed = served(features)
    skewed.loc[skewed["gap_max"].isna().idxmax(), "gap_max"] = 1
    with pytest.raises(AssertionError, match="gap_max"):
        assert_same_features(skewed, tables)


def test_a_missing_row_is_told(features: pd.DataFrame, tables: Tables) -> None:
    short = served(features).drop(index=served(features).index[3])
    with pytest.raises(AssertionError):
        assert_same_features(short, tables)
