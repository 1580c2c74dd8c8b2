"""The command of the workspace."""

import os
from pathlib import Path
from typing import Any

import pytest

from localbricks import __main__ as command

VARIABLES = {
    "LOCALBRICKS_TOKEN": "secret-token",
    "LOCALBRICKS_WAREHOUSE": "s3a://lake/warehouse",
    "LOCALBRICKS_JARS": "jars",
    "LOCALBRICKS_CATALOG_JAR": "catalog.jar",
}


def test_what_the_workspace_writes_is_its_users_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps: list[Any] = []
    monkeypatch.setattr(command.uvicorn, "run", lambda app, **_: apps.append(app))
    for name, value in {**VARIABLES, "LOCALBRICKS_STATE": str(tmp_path / "state")}.items():
        monkeypatch.setenv(name, value)
    before = os.umask(0)
    try:
        command.main()
        assert os.umask(0) == 0o077  # which every task inherits
    finally:
        os.umask(before)
    apps[0].state.jobs.close()
    written = list((tmp_path / "state").rglob("*"))
    assert tmp_path / "state" / "jobs.db" in written
    assert [path for path in written if path.stat().st_mode & 0o077] == []
