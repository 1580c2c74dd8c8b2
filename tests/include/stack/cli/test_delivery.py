"""Which workspace a target is deployed to; never the local one for another target."""

from pathlib import Path

import pytest

from lakeloop.config import load_target
from lakeloop_stack.cli.delivery import WrongWorkspaceError, deploy_to, workspace_of
from lakeloop_stack.machine.settings import StackSettings, read_settings
from lakeloop_stack.services.environment import workspace_url


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
