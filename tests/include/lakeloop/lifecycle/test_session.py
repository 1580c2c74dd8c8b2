"""Where a job stands: catalog, MLflow, table versions, code revision."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import mlflow
import pytest

from lakeloop.lifecycle import session

if TYPE_CHECKING:
    pass

ROOT = Path(__file__).resolve().parents[4]


def test_the_wheel_says_the_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lakeloop._release", SimpleNamespace(REVISION="v1.2.3-dirty"))

    assert session.code_revision() == "v1.2.3-dirty"


def test_in_a_clone_git_says_it_and_whether_files_differ() -> None:
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True)
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD"]).returncode != 0

    if head.returncode:
        pytest.skip("not in a git clone")
    assert session.code_revision() == head.stdout.strip() + ("-dirty" if changed else "")


def test_without_git_it_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert session.code_revision() == "unknown"


def test_without_any_mlflow_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    with pytest.raises(session.NoMlflowError, match="names no MLflow and MLFLOW_TRACKING_URI is not set"):
        session.use_mlflow(SimpleNamespace(tracking_uri=None, registry_uri=None))


def test_mlflow_points_where_the_target_says_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow.get_tracking_uri())
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
