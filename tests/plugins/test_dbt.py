"""What cosmos is told, and that dbt's profiles name what the targets name."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from jinja2 import Environment

from lakeloop.config import UseCase, load_target
from lakeloop.config.loading import TARGETS
from lakeloop_airflow import dbt, macros
from lakeloop_airflow.dbt import PROJECT, dbt_arguments
from tests.plugins.conftest import Workspace

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
    assert "env_var('DATABRICKS_TOKEN', '')" in output["token"]
    assert output["auth_type"] == "oauth"


def test_no_output_without_a_target(outputs: dict[str, Any]) -> None:
    assert set(outputs) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_graph_comes_from_the_manifest_and_one_dbt_runs_it(use_case: UseCase, name: str) -> None:
    arguments = dbt_arguments(use_case, load_target(name))

    assert (arguments["render_config"].load_method.value == "dbt_manifest") == dbt.MANIFEST.exists()
    assert arguments["render_config"].select == ["path:models/churn"]
    assert arguments["execution_config"].execution_mode.value == "watcher"
    assert arguments["profile_config"].target_name == name
    assert arguments["project_config"].install_dbt_deps is False


def test_without_a_manifest_dbt_is_asked_and_the_log_says_how_to_make_one(
    use_case: UseCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(dbt, "MANIFEST", tmp_path / "manifest.json")

    arguments = dbt_arguments(use_case, load_target("local"))

    assert arguments["render_config"].load_method.value == "dbt_ls"
    assert "Run dbt parse when you deploy" in caplog.text


def test_the_connection_says_where_the_warehouse_is(
    use_case: UseCase, workspace: Workspace, outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    templates = dbt_arguments(use_case, load_target("prod"))["project_config"].env_vars
    names = SimpleNamespace(lakeloop=macros)

    told = {name: Environment().from_string(text).render(macros=names) for name, text in templates.items()}

    assert told["DATABRICKS_HOST"] == f"http://127.0.0.1:{workspace.server_address[1]}"
    assert (told["DATABRICKS_TOKEN"], told["DATABRICKS_CLIENT_ID"]) == ("token", "")
    asked = {name for output in outputs.values() for name in re.findall(r"env_var\('(\w+)'", str(output))}
    assert asked <= set(told)


def test_a_full_refresh_can_be_asked_for(use_case: UseCase) -> None:
    assert (
        dbt_arguments(use_case, load_target("local"))["operator_args"]["full_refresh"]
        == "{{ params.full_refresh }}"
    )


def test_the_models_of_a_use_case_have_a_folder_of_its_name(use_case: UseCase) -> None:
    assert list((PROJECT / "models" / use_case.name).rglob("*.sql"))
