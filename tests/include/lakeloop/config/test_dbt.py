"""What dbt is told is what the YAML files say, and the generated file is the one that is checked in."""

import json
from pathlib import Path

import pytest
import yaml

from lakeloop.config import load_source, load_sources, load_use_case
from lakeloop.config.dbt import VARIABLE, dbt_environment, dbt_sources

MODELS = Path(__file__).resolve().parents[4] / "dbt_project" / "models"


def test_the_question_is_told_as_the_yaml_asks_it() -> None:
    use_case = load_use_case("churn")
    told = json.loads(dbt_environment([use_case])[VARIABLE])["churn"]
    assert told["source"] == "retail"
    assert told["silver"]["transactions"] == ["basket_id", "product_id"]
    assert told["events"] == {"transactions": "transaction_timestamp"}
    assert told["period"] == use_case.period.model_dump(mode="json")
    assert told["question"] == {"active": 8, "horizon": 4}
    assert told["slices"] == ["age", "income", "household_comp"]


def test_every_valid_use_case_is_told() -> None:
    assert "churn" in json.loads(dbt_environment()[VARIABLE])


def test_no_template_of_airflow_can_be_read_into_it() -> None:
    assert "{{" not in dbt_environment()[VARIABLE]


@pytest.mark.parametrize("name", [source.name for source in load_sources()])
def test_the_sources_file_is_the_generated_one(name: str) -> None:
    file = MODELS / "sources" / f"_{name}.yml"
    assert file.read_text(encoding="utf-8") == dbt_sources(load_source(name))


def test_each_table_has_its_columns_rules_and_age() -> None:
    [source] = yaml.safe_load(dbt_sources(load_source("retail")))["sources"]
    tables = {table["name"]: table for table in source["tables"]}
    transactions = tables["transactions"]
    assert [column["name"] for column in transactions["columns"]][-2:] == ["_arrived_at", "_ingested_at"]
    rules = transactions["data_tests"][0]["holds"]["arguments"]
    assert rules["unique"] == ["basket_id", "product_id"]
    assert {"household_id", "transaction_timestamp", "_arrived_at"} <= set(rules["known"])
    assert transactions["config"]["freshness"]["error_after"] == {"count": 744, "period": "hour"}
    assert "config" not in tables["products"]
    assert "_superseded_at" in [column["name"] for column in tables["products_superseded"]["columns"]]
