"""The project says what it holds and agrees with the YAML files; a new use case needs no line of it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakeloop.config import (
    LabelledUseCase,
    RankingUseCase,
    Source,
    StreamUseCase,
    load_sources,
    load_use_cases,
)
from lakeloop.config.dbt import VARIABLE, dbt_environment
from lakeloop.config.loading import TARGETS
from lakeloop.config.use_case.use_case import Role
from tests.dbt_project.conftest import PROJECT, run_dbt

ROLES: tuple[Role, ...] = ("features", "labels", "training_set")
NO_SERVER = {"DATABRICKS_HOST": "http://127.0.0.1:1", "DATABRICKS_TOKEN": "not-used"}


def nodes(manifest: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [node for node in manifest["nodes"].values() if node["resource_type"] == kind]
    assert found, f"no {kind} found: this test would prove nothing"
    return found


def model(manifest: dict[str, Any], use_case: LabelledUseCase, role: Role) -> dict[str, Any]:
    return manifest["nodes"][f"model.lakeloop.{use_case.models_of_tables[role]}"]


def rules(manifest: dict[str, Any], use_case: LabelledUseCase, role: Role) -> dict[str, Any]:
    """What the one-scan test of a gold table asks."""
    name = model(manifest, use_case, role)["unique_id"]
    [test] = [t for t in nodes(manifest, "test") if name in t["depends_on"]["nodes"] and "test_metadata" in t]
    return test["test_metadata"]["kwargs"]


def test_every_model_source_and_column_is_described(manifest: dict[str, Any]) -> None:
    described = [*nodes(manifest, "model"), *manifest["sources"].values()]
    missing = [
        f"{node['name']}.{column['name']}" if column else node["name"]
        for node in described
        for column in [None, *node["columns"].values()]
        if not (column or node)["description"].strip()
    ]
    assert missing == []
    assert [node["name"] for node in described if not node["columns"]] == []


def test_every_singular_test_unit_test_and_exposure_is_described(manifest: dict[str, Any]) -> None:
    singular = [test for test in nodes(manifest, "test") if "test_metadata" not in test]
    things = [*singular, *manifest["unit_tests"].values(), *manifest["exposures"].values()]
    assert singular
    assert [thing["name"] for thing in things if not thing["description"]] == []


def test_every_silver_table_is_a_source(manifest: dict[str, Any], source: Source) -> None:
    declared = {
        table["name"] for table in manifest["sources"].values() if table["source_name"] == source.name
    }
    assert declared == {*source.tables, *(f"{name}_superseded" for name in source.tables)}
    silver = {each.schema("silver") for each in load_sources()}
    of_events = {each.events_schema for each in load_use_cases() if isinstance(each, StreamUseCase)}
    assert {table["schema"] for table in manifest["sources"].values()} == silver | of_events


def test_tests_scan_each_table_once(manifest: dict[str, Any]) -> None:
    scanned = [test["attached_node"] or test["depends_on"]["nodes"][0] for test in nodes(manifest, "test")
               if "test_metadata" in test]  # fmt: skip
    assert sorted(scanned) == sorted(set(scanned))


@pytest.mark.parametrize("role", ["features", "labels"])
def test_features_and_labels_have_a_contract(
    manifest: dict[str, Any], use_case: LabelledUseCase, role: Role
) -> None:
    node = model(manifest, use_case, role)
    assert node["config"]["contract"]["enforced"]
    assert all(column["data_type"] for column in node["columns"].values())
    types = {name: column["data_type"] for name, column in node["columns"].items()}
    assert {name: types[name] for name in use_case.keys} == {
        **use_case.entity.keys,
        use_case.period.column: use_case.period.sql_type,
    }


def test_the_contract_declares_features_the_label_and_nothing_else(
    manifest: dict[str, Any], use_case: LabelledUseCase
) -> None:
    features = use_case.feature_names(list(model(manifest, use_case, "features")["columns"]))
    assert len(features) > 40
    assert list(model(manifest, use_case, "labels")["columns"]) == [*use_case.keys, use_case.task.label]


@pytest.mark.parametrize("role", ROLES)
def test_each_gold_table_has_one_row_per_key_and_some_rows(
    manifest: dict[str, Any], use_case: LabelledUseCase, role: Role
) -> None:
    asked = rules(manifest, use_case, role)
    assert set(asked["unique"]) == set(use_case.keys)
    question = use_case.question
    needed = question.active + (0 if role == "features" else question.horizon)
    assert asked["rows_of"] == {"use_case": use_case.name, "periods": needed}


def test_what_baselines_rank_by_is_a_feature(manifest: dict[str, Any], use_case: LabelledUseCase) -> None:
    columns = model(manifest, use_case, "features")["columns"]
    ranked = [baseline.feature for baseline in use_case.baselines if baseline.kind == "rule"]
    assert ranked
    assert set(ranked) <= set(columns)


def test_schemas_and_tables_are_called_as_jobs_know_them(
    manifest: dict[str, Any], use_case: LabelledUseCase
) -> None:
    own = [node for node in nodes(manifest, "model") if node["fqn"][1] == use_case.name]
    schemas = {node["fqn"][2]: node["schema"] for node in own}
    assert schemas["gold"] == use_case.schema("gold")
    assert schemas["staging"] == schemas["intermediate"] == use_case.schema("staging")
    for role in ROLES:
        node = model(manifest, use_case, role)
        assert f"{node['schema']}.{node['alias']}" == use_case.gold(role)


def copied(folder: Path) -> Path:
    return Path(shutil.copytree(PROJECT, folder / "project", ignore=shutil.ignore_patterns("target", "logs")))


def test_a_second_use_case_needs_no_line_of_the_project(tmp_path: Path) -> None:
    """Two models called features, each a table of its own schema."""
    project = copied(tmp_path)
    gold = project / "models" / "parking" / "gold"
    gold.mkdir(parents=True)
    (gold / "parking__features.sql").write_text("select 1 as garage, current_date() as as_of")
    done = run_dbt(tmp_path / "parsed", NO_SERVER, "parse", project=project)
    assert done.returncode == 0, done.stdout
    manifest = json.loads((tmp_path / "parsed" / "manifest.json").read_text(encoding="utf-8"))
    node = manifest["nodes"]["model.lakeloop.parking__features"]
    assert (node["schema"], node["alias"]) == ("parking_gold", "features")


def test_a_build_of_a_use_case_asks_nothing_of_another_ones_tables(tmp_path: Path) -> None:
    """They read the same sources, and those of the other may not be there."""
    for use_case in load_use_cases():
        listed = (
            "ls",
            "--resource-type",
            "test",
            "--output",
            "path",
            "--select",
            f"+path:models/{use_case.name}",
        )
        done = run_dbt(tmp_path / "parsed", NO_SERVER, *listed)
        assert done.returncode == 0, done.stdout
        tests = [line for line in done.stdout.splitlines() if line.endswith((".yml", ".sql"))]
        own = (f"models/{use_case.name}/", f"tests/{use_case.name}/", "models/sources/")
        assert tests
        assert [path for path in tests if not path.startswith(own)] == []


def test_a_model_outside_of_the_folders_is_refused(tmp_path: Path) -> None:
    project = copied(tmp_path)
    (project / "models" / "parking").mkdir()
    (project / "models" / "parking" / "parking__features.sql").write_text("select 1 as garage")
    done = run_dbt(tmp_path / "parsed", NO_SERVER, "parse", project=project)
    assert done.returncode != 0
    expected = "expected models/<use case>/<staging|intermediate|gold>/"
    assert f"models/parking/parking__features.sql, {expected}" in done.stdout


def test_an_unknown_use_case_is_named(tmp_path: Path) -> None:
    project = copied(tmp_path)
    gold = project / "models" / "parking" / "gold"
    gold.mkdir(parents=True)
    (gold / "parking__features.sql").write_text("select {{ period_at('parking', 0) }} as as_of")
    done = run_dbt(tmp_path / "parsed", NO_SERVER, "parse", project=project)
    assert done.returncode != 0
    assert "No use case 'parking' in LAKELOOP_USE_CASES, there are: churn" in done.stdout


@pytest.mark.parametrize("wrong", ["churn", "demand"])
def test_a_use_case_with_a_wrong_file_keeps_no_other_from_being_parsed(wrong: str, tmp_path: Path) -> None:
    asked = json.loads(dbt_environment()[VARIABLE]) | {wrong: None}
    environment = NO_SERVER | {VARIABLE: json.dumps(asked)}

    parsed = run_dbt(tmp_path, environment, "parse")
    assert parsed.returncode == 0, parsed.stdout
    quiet = ("--no-introspect", "--no-populate-cache")
    built = run_dbt(tmp_path, environment, "compile", *quiet, "--select", f"{wrong}__labels")
    assert built.returncode != 0
    assert f"include/use_cases/{wrong}.yaml is wrong" in built.stdout


def test_a_slice_that_is_a_feature_is_in_the_training_set_once(tmp_path: Path) -> None:
    asked = json.loads(dbt_environment()[VARIABLE])
    asked["churn"]["slices"] = ["income_rank"]
    quiet = ("--no-introspect", "--no-populate-cache", "--select", "churn__training_set")

    done = run_dbt(tmp_path, NO_SERVER | {VARIABLE: json.dumps(asked)}, "compile", *quiet)
    assert done.returncode == 0, done.stdout
    sql = " ".join(done.stdout.split())
    assert "select features.*, labels.churned from" in sql


def test_what_a_training_set_has_beside_features_and_label_is_declared(
    manifest: dict[str, Any], use_case: LabelledUseCase
) -> None:
    assert set(model(manifest, use_case, "training_set")["columns"]) == set(use_case.gate.slices.columns)


def test_profile_has_each_target_with_its_catalog_and_warehouse() -> None:
    outputs = yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))["lakeloop"]["outputs"]
    targets = yaml.safe_load(TARGETS.read_text(encoding="utf-8"))
    assert outputs.keys() == targets.keys()
    for name in targets.keys() - {"local"}:
        assert outputs[name]["catalog"] == targets[name]["catalog"]
        assert outputs[name]["http_path"] == targets[name]["warehouse_http_path"]


def test_profile_holds_no_secret() -> None:
    outputs = yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))["lakeloop"]["outputs"]
    for secret in ("token", "client_id", "client_secret"):
        variable = f"DATABRICKS_{secret.upper()}"
        assert {output[secret] for output in outputs.values()} == {f"{{{{ env_var('{variable}', '') }}}}"}


def test_unit_tests_cover_features_labels_and_who_is_asked(manifest: dict[str, Any]) -> None:
    covered = {test["model"] for test in manifest["unit_tests"].values()}
    assert covered >= {"churn__features", "churn__labels", "int_churn__active_households"}


def test_exposures_name_the_model_and_the_scores(manifest: dict[str, Any]) -> None:
    reads = {exposure["name"]: exposure["depends_on"]["nodes"] for exposure in manifest["exposures"].values()}
    assert "model.lakeloop.churn__training_set" in reads["churn_model"]
    assert reads["churn_scores"] == ["model.lakeloop.churn__features"]


def test_the_contract_of_interactions_has_the_columns_that_a_ranking_names(manifest: dict[str, Any]) -> None:
    rankings = [each for each in load_use_cases() if isinstance(each, RankingUseCase)]
    assert rankings
    for ranking in rankings:
        [name] = set(ranking.models_of_tables.values())
        node = manifest["nodes"][f"model.lakeloop.{name}"]
        assert node["config"]["contract"]["enforced"]
        types = {column: each["data_type"] for column, each in node["columns"].items()}
        assert types.items() >= ranking.columns.items()
