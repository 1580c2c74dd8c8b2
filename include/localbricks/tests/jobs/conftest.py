"""A Jobs service of its own for each test; tasks are real processes that need no Spark."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localbricks.settings import WorkspaceSettings
from localbricks_testing.waiting import wait_until
from localbricks_testing.workspace import Workspace, workspace_settings


@pytest.fixture
def settings(tmp_path: Path) -> WorkspaceSettings:
    return workspace_settings(tmp_path / "state", cancel_grace_seconds=1.0)


@pytest.fixture
def workspace(settings: WorkspaceSettings, tmp_path: Path) -> Iterator[Workspace]:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    workspace = Workspace(settings, scripts)
    yield workspace
    workspace.service.cancel_all(None)
    wait_until(lambda: not workspace.service.store.active_runs(), "the end of all runs")
    workspace.service.close()
