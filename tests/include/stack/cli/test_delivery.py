"""Which workspace a target is deployed to; never the local one for another target."""

import json
import shutil
from pathlib import Path

import pytest

from lakeloop.config import load_target
from lakeloop_stack.cli.delivery import WrongWorkspaceError, deploy_to, manifest_for, workspace_of
from lakeloop_stack.machine.settings import ROOT, StackSettings, read_settings
from lakeloop_stack.services.environment import workspace_url
from lakeloop_stack.services.preparations import PreparationError


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackSettings:
    monkeypatch.setenv("LAKELOOP_HOME", str(tmp_path))
    monkeypatch.setenv("DATABRICKS_TOKEN", "not-used")
    monkeypatch.setenv("DATABRICKS_AUTH_TYPE", "pat")
    return read_settings()


def test_another_target_is_not_deployed_to_the_local_workspace(
    settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", workspace_url(settings))

    with pytest.raises(
        WrongWorkspaceError, match="target prod is not the local workspace, but DATABRICKS_HOST is"
    ):
        workspace_of(load_target("prod"), settings)


def test_without_a_name_the_target_is_the_environments(
    settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKELOOP_TARGET", "prod")
    monkeypatch.setenv("DATABRICKS_HOST", workspace_url(settings))

    with pytest.raises(WrongWorkspaceError):
        deploy_to(None)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The dbt project, in a shell that knows nothing of a stack."""
    for name in ("LAKELOOP_USE_CASES", "DBT_PROFILES_DIR", "DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    ignored = shutil.ignore_patterns("target", "logs")
    return Path(shutil.copytree(ROOT / "dbt_project", tmp_path / "dbt_project", ignore=ignored))


def test_a_manifest_is_made_for_another_airflow_without_a_server(project: Path) -> None:
    made = manifest_for("prod", project)

    nodes = json.loads(made.read_text(encoding="utf-8"))["nodes"]
    assert made == project / "target" / "manifest.json"
    assert nodes["model.lakeloop.churn__features"]["database"] == "prod"


def test_a_mistake_in_a_model_is_shown_in_dbts_words(project: Path) -> None:
    (project / "models" / "churn" / "gold" / "broken.sql").write_text(
        "select * from {{ ref('nothing_of_the_kind') }}"
    )

    with pytest.raises(PreparationError, match="'nothing_of_the_kind' which was not found"):
        manifest_for("prod", project)
    assert not (project / "target" / "manifest.json").exists()
