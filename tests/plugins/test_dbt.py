"""What cosmos is told, that dbt's profiles name what the targets name, and that missing models are named."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.sdk.exceptions import AirflowFailException

from lakeloop.config import UseCase, load_target
from lakeloop.config.dbt import VARIABLE
from lakeloop.config.loading import TARGETS
from lakeloop_airflow.dbt import PROJECT, dbt_arguments, missing_models
from lakeloop_airflow.operators.failure import FailOperator

NAMES = list(yaml.safe_load(TARGETS.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def outputs() -> dict[str, Any]:
    return yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))["lakeloop"]["outputs"]


@pytest.mark.parametrize("name", NAMES)
def test_each_target_has_an_output_for_the_same_warehouse(name: str, outputs: dict[str, Any]) -> None:
    target, output = load_target(name), outputs[name]

    if name != "local":  # locally dbt takes the cluster's path, whose SQL dialect Spark parses
        assert output["http_path"] == target.warehouse_http_path
        assert output["catalog"] == target.catalog
    assert output["token"] == "{{ env_var('DATABRICKS_TOKEN', '') }}"


def test_no_output_without_a_target(outputs: dict[str, Any]) -> None:
    assert set(outputs) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_graph_comes_from_the_manifest_and_one_dbt_runs_it(use_case: UseCase, name: str) -> None:
    arguments = dbt_arguments(use_case, load_target(name))

    assert arguments["render_config"].load_method.value == "dbt_manifest"
    assert arguments["render_config"].select == ["+path:models/churn"]
    assert arguments["execution_config"].execution_mode.value == "watcher"
    assert arguments["profile_config"].target_name == name
    assert arguments["project_config"].install_dbt_deps is False


def test_dbt_is_told_the_questions(use_case: UseCase) -> None:
    variables = dbt_arguments(use_case, load_target("local"))["project_config"].env_vars
    assert json.loads(variables[VARIABLE])["churn"]["period"]["unit"] == "week"


def test_no_source_is_waited_for(use_case: UseCase) -> None:
    """A source without an age would never report one; the DAG looks at ages itself."""
    arguments = dbt_arguments(use_case, load_target("local"))
    assert arguments["render_config"].source_rendering_behavior.value == "none"


def test_missing_models_are_named(use_case: UseCase, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"nodes": {"model.lakeloop.churn__features": {}}}))
    missing = missing_models(use_case, manifest)
    assert [text.split(":")[0] for text in missing] == [
        "no dbt model churn__labels",
        "no dbt model churn__training_set",
    ]
    with pytest.raises(AirflowFailException, match=r"models/churn/gold/churn__labels\.sql"):
        FailOperator(task_id="models_are_missing", reasons=missing).execute({})


def test_a_missing_manifest_is_named(use_case: UseCase, tmp_path: Path) -> None:
    [missing] = missing_models(use_case, tmp_path / "manifest.json")
    assert "run `dbt parse`" in missing


def test_the_models_of_a_use_case_have_a_folder_of_its_name(use_case: UseCase) -> None:
    assert list((PROJECT / "models" / use_case.name).rglob("*.sql"))
