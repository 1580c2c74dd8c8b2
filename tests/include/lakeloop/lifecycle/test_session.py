"""Where a job stands: catalog, MLflow, table versions, code revision."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import mlflow
import pytest

from lakeloop.lifecycle import session

if TYPE_CHECKING:
    pass

ROOT = Path(__file__).resolve().parents[4]


def test_the_deployment_says_the_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKELOOP_REVISION", "v1.2.3")

    assert session.code_revision() == "v1.2.3"


def test_in_a_clone_git_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKELOOP_REVISION", raising=False)
    git = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True)

    expected = git.stdout.strip() if git.returncode == 0 else "unknown"
    assert session.code_revision() == expected


def test_without_git_it_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKELOOP_REVISION", raising=False)
    monkeypatch.setenv("PATH", "")

    assert session.code_revision() == "unknown"


def test_mlflow_points_where_the_target_says_and_nowhere_else(tmp_path: Path) -> None:
    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    try:
        session.use_mlflow(SimpleNamespace(tracking_uri=None, registry_uri=None))
        assert (mlflow.get_tracking_uri(), mlflow.get_registry_uri()) == before

        session.use_mlflow(
            SimpleNamespace(tracking_uri=f"file://{tmp_path}/a", registry_uri=f"file://{tmp_path}/b")
        )
        assert mlflow.get_tracking_uri() == f"file://{tmp_path}/a"
        assert mlflow.get_registry_uri() == f"file://{tmp_path}/b"
    finally:
        mlflow.set_tracking_uri(before[0])
        mlflow.set_registry_uri("")
