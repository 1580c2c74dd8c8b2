"""Names of catalogs."""

import pytest

from localbricks.spark import SettingsError, read_catalogs


def test_the_first_name_is_the_default_and_there_is_one_without_any() -> None:
    assert read_catalogs({"LOCALBRICKS_CATALOGS": "dev, staging,prod_eu"}) == ("dev", "staging", "prod_eu")
    assert read_catalogs({}) == ("main",)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("dev,dev", "dev"),
        ("dev,", ""),
        ("a__b", "a__b"),
        ("a_", "a_"),
        ("Dev", "Dev"),
        ("my-catalog", "my-catalog"),
        ("dev,hive_metastore", "hive_metastore"),
        ("spark_catalog", "spark_catalog"),
        ("system", "system"),
    ],
)
def test_a_name_that_would_not_show_where_it_ends_or_is_taken_is_refused(given: str, named: str) -> None:
    with pytest.raises(SettingsError, match=f"LOCALBRICKS_CATALOGS is '{given}': '{named}' is no name"):
        read_catalogs({"LOCALBRICKS_CATALOGS": given})
