"""The project says what it holds, and agrees with the use case's YAML and the targets."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lakeloop.config import UseCase
from lakeloop.config.loading import TARGETS

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
KEYS = {"household_id", "week"}


def nodes(manifest: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [node for node in manifest["nodes"].values() if node["resource_type"] == kind]
    assert found, f"no {kind} found: this test would prove nothing"
    return found


def model(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    return manifest["nodes"][f"model.lakeloop.{name}"]


def test_every_model_source_and_column_is_described(manifest: dict[str, Any]) -> None:
    described = [*nodes(manifest, "model"), *manifest["sources"].values()]
    missing = [
        f"{node['name']}.{column['name']}" if column else node["name"]
        for node in described
        for column in [None, *node["columns"].values()]
        if not (column or node)["description"].strip()
    ]
    assert missing == []
    assert all(node["columns"] for node in described)


def test_every_singular_test_unit_test_and_exposure_is_described(manifest: dict[str, Any]) -> None:
    singular = [test for test in nodes(manifest, "test") if "test_metadata" not in test]
    things = [*singular, *manifest["unit_tests"].values(), *manifest["exposures"].values()]
    assert len(singular) >= 3
    assert [thing["name"] for thing in things if not thing["description"]] == []


def test_sources_are_the_use_cases_sources(manifest: dict[str, Any], use_case: UseCase) -> None:
    declared = {source["name"]: list(source["columns"]) for source in manifest["sources"].values()}
    expected = {
        name: [*source.columns, *(["week"] if source.event_time else []), "_ingested_at"]
        for name, source in use_case.sources.items()
    }
    assert declared == expected


def test_what_arrives_all_the_time_is_checked_for_freshness(manifest: dict[str, Any]) -> None:
    transactions = manifest["sources"]["source.lakeloop.churn_silver.transactions"]
    assert transactions["loaded_at_field"] == "_ingested_at"
    assert transactions["freshness"]["warn_after"]["count"]
    assert transactions["freshness"]["error_after"]["count"]


def test_features_of_the_yaml_are_the_models_columns(manifest: dict[str, Any], use_case: UseCase) -> None:
    columns = list(model(manifest, "household_week_features")["columns"])
    assert columns == ["household_id", "week", "as_of", *use_case.features, "ingested_at"]


def test_training_set_holds_features_label_and_slices(manifest: dict[str, Any], use_case: UseCase) -> None:
    columns = list(model(manifest, "training_set")["columns"])
    assert columns == ["household_id", "week", *use_case.features, use_case.label, *use_case.slices]


def test_baseline_is_never_null(manifest: dict[str, Any], use_case: UseCase) -> None:
    [known] = [test for test in nodes(manifest, "test") if test["name"] == "household_week_features_known"]
    assert {*KEYS, use_case.baseline.feature} <= set(known["test_metadata"]["kwargs"]["columns"])


@pytest.mark.parametrize("name", ["household_week_features", "household_week_labels", "training_set"])
def test_gold_tables_have_a_contract_and_one_row_each(manifest: dict[str, Any], name: str) -> None:
    node = model(manifest, name)
    assert node["config"]["contract"]["enforced"]
    assert all(column["data_type"] for column in node["columns"].values())
    unique = [test for test in nodes(manifest, "test") if test["name"] == f"{name}_one_row_each"]
    assert [set(test["test_metadata"]["kwargs"]["columns"]) for test in unique] == [KEYS]


def test_schemas_are_called_as_jobs_know_them(manifest: dict[str, Any], use_case: UseCase) -> None:
    schemas = {node["fqn"][2]: node["schema"] for node in nodes(manifest, "model")}
    assert schemas["gold"] == use_case.schema("gold")
    assert schemas["staging"] == schemas["intermediate"] == use_case.schema("staging")
    assert {source["schema"] for source in manifest["sources"].values()} == {use_case.schema("silver")}


def test_all_models_lie_in_their_use_cases_folder(manifest: dict[str, Any], use_case: UseCase) -> None:
    assert {node["fqn"][1] for node in nodes(manifest, "model")} == {use_case.name}


def test_variables_ask_the_use_cases_question(use_case: UseCase) -> None:
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    assert variables["churn_first_day"] == use_case.question.first_day.isoformat()
    assert variables["churn_active_weeks"] == use_case.question.active_weeks
    assert variables["churn_horizon_weeks"] == use_case.question.horizon_weeks


def test_profile_has_each_target_with_its_catalog_and_warehouse() -> None:
    outputs = yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))["lakeloop"]["outputs"]
    targets = yaml.safe_load(TARGETS.read_text(encoding="utf-8"))
    assert outputs.keys() == targets.keys()
    for name in targets.keys() - {"local"}:
        assert outputs[name]["catalog"] == targets[name]["catalog"]
        assert outputs[name]["http_path"] == targets[name]["warehouse_http_path"]


def test_profile_holds_no_secret() -> None:
    outputs = yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))["lakeloop"]["outputs"]
    assert {output["token"] for output in outputs.values()} == {"{{ env_var('DATABRICKS_TOKEN') }}"}


def test_unit_tests_cover_features_labels_and_weeks(manifest: dict[str, Any]) -> None:
    covered = {test["model"] for test in manifest["unit_tests"].values()}
    assert covered >= {
        "household_week_features",
        "household_week_labels",
        "int_churn__completed_weeks",
        "int_churn__household_weeks",
    }


def test_exposures_name_the_model_and_the_scores(manifest: dict[str, Any]) -> None:
    reads = {exposure["name"]: exposure["depends_on"]["nodes"] for exposure in manifest["exposures"].values()}
    assert "model.lakeloop.training_set" in reads["churn_model"]
    assert reads["churn_scores"] == ["model.lakeloop.household_week_features"]
