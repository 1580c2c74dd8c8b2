"""A source file says what arrives; a wrong value is named with its key."""

from typing import Any

import pytest

from lakeloop.config import ConfigError, load_source

retail = load_source("retail")


def test_tables_are_schema_dot_table_without_a_catalog() -> None:
    assert retail.table("silver", "products") == "retail_silver.products"
    assert retail.quarantine("products") == "retail_silver.products_quarantine"


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(
        KeyError, match="source retail has no table 'prodcuts'; it has transactions, products"
    ):
        retail.table("bronze", "prodcuts")


def test_a_table_says_its_schema_in_order() -> None:
    assert retail.tables["campaigns"].ddl == "campaign_id bigint, household_id bigint"


def test_keys_event_time_and_marked_columns_are_required() -> None:
    required = retail.tables["transactions"].required

    assert required == ("basket_id", "product_id", "transaction_timestamp", "household_id")


@pytest.mark.parametrize(
    ("table", "key", "value", "said"),
    [
        ("products", "fromat", "csv", r"tables\.products\.fromat: unknown key .* did you mean format\?"),
        (
            "products",
            "format",
            "xml",
            r"tables\.products\.format: 'xml' is not allowed; .*'json', 'csv' or 'parquet'",
        ),
        (
            "products",
            "options",
            {"sep": ";"},
            r"tables\.products: options: header is missing; expected true where",
        ),
        ("products", "keys", ["sku"], r"tables\.products: keys: sku is no column of this table; columns are"),
        ("products", "keys", [], r"tables\.products\.keys: \[\] is wrong"),
        ("products", "corrections", "newest", r"corrections: newest is no column of this table"),
        (
            "transactions",
            "event_time",
            "basket_id",
            r"event_time: basket_id is bigint, expected date, timestamp",
        ),
        (
            "transactions",
            "freshness",
            {"warn_after": 5, "error_after": 5},
            r"error_after is 5, expected more than",
        ),
        (
            "campaigns",
            "columns",
            {"campaign_id": "varchar"},
            r"columns\.campaign_id\.type: 'varchar': 'varchar' is no",
        ),
        (
            "campaigns",
            "columns",
            {"campaign_id": {"type": "bigint", "mising": "keep"}},
            r"columns\.campaign_id\.mising: unknown key \(value 'keep'\); did you mean missing\?",
        ),
        (
            "campaigns",
            "columns",
            {"campaign_id": {"type": "bigint", "fill": 0, "missing": "quarantine"}},
            "has both fill and missing: quarantine",
        ),
    ],
)
def test_a_wrong_table_names_its_key(
    table: str, key: str, value: Any, said: str, retail: dict[str, Any], write_source: Any
) -> None:
    retail["tables"][table][key] = value

    with pytest.raises(ConfigError, match=said) as error:
        load_source("retail", write_source(retail))

    assert "retail.yaml: tables." in str(error.value)


@pytest.mark.parametrize("kind", ["array<bigint>", "map<string,bigint>", "struct<a:bigint>"])
def test_a_key_of_several_values_is_refused(kind: str, retail: dict[str, Any], write_source: Any) -> None:
    retail["tables"]["campaigns"]["columns"]["campaign_id"] = kind

    with pytest.raises(
        ConfigError, match=rf"tables\.campaigns: keys: campaign_id is {kind}: a key is joined"
    ):
        load_source("retail", write_source(retail))


def test_corrections_by_a_map_are_refused(retail: dict[str, Any], write_source: Any) -> None:
    retail["tables"]["products"]["columns"]["version"] = "array<map<string,int>>"
    retail["tables"]["products"]["corrections"] = "version"

    with pytest.raises(
        ConfigError,
        match=r"corrections: version is array<map<string,int>>, .* newest_arrival or first_arrival",
    ):
        load_source("retail", write_source(retail))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("landing", "/landing/retail", r"landing: '/landing/retail' is wrong"),
        ("timezone", "America/Boston", r"timezone: 'America/Boston': is no time zone of the IANA database"),
        ("schedule", "daily", r"schedule: 'daily': has 1 fields, expected the five"),
        ("arrival", {"by": "name"}, r"arrival\.by: 'name' is not allowed; .*'modified' or 'path'"),
        ("tables", {}, r"tables: {} is wrong"),
        ("kind", "table", r"kind: 'table'; allowed values are events, files"),
    ],
)
def test_a_wrong_value_names_its_key(
    key: str, value: Any, said: str, retail: dict[str, Any], write_source: Any
) -> None:
    with pytest.raises(ConfigError, match=said):
        load_source("retail", write_source({**retail, key: value}))
