"""Which columns of a published table a model can read."""

from types import SimpleNamespace
from typing import Any

from lakeloop.config import load_labelled_use_case
from lakeloop.lifecycle.training.data import feature_columns, numeric_columns

churn = load_labelled_use_case("churn")
VERSIONS = {churn.gold("features"): 3}


def spark_with(**types: str) -> Any:
    """What a session answers about a table with columns of these types."""
    return SimpleNamespace(sql=lambda text: SimpleNamespace(dtypes=list(types.items())))


def test_an_interval_is_no_number_although_its_name_begins_like_one() -> None:
    spark = spark_with(
        spend="decimal(10,2)", visits="bigint", known="boolean", since="interval day to second", name="string"
    )

    assert numeric_columns(spark, churn, VERSIONS) == ["spend", "visits", "known"]
    assert feature_columns(spark, churn, VERSIONS) == ["spend", "visits", "known", "since", "name"]
