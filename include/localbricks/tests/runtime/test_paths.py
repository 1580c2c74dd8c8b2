"""One rule says where a workspace path lies, whoever asks: the API, a task, a notebook, dbutils."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from localbricks_runtime.dbutils import DBUtils

from localbricks.api_errors import ApiError
from localbricks.jobs.process.environments import RUNTIME_FOLDER
from localbricks.jobs.process.sources import SetupError, fetch
from localbricks.notebooks.cells import place
from localbricks.notebooks.source import NotebookError
from localbricks.runtime.localbricks_paths import bucket_and_key, workspace_file
from localbricks.workspace import WorkspaceFiles

Ask = Callable[[str], object]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "workspace"
    (root / "Shared").mkdir(parents=True)
    (root / "Shared" / "x.py").write_text("1")
    (root / "Shared" / "n.py").write_text("# Databricks notebook source\n2")
    (tmp_path / "secret.py").write_text("2")
    monkeypatch.setenv("LOCALBRICKS_WORKSPACE", str(root))
    return root


@pytest.fixture
def askers(root: Path, tmp_path: Path) -> dict[str, Ask]:
    return {
        "API": lambda path: WorkspaceFiles(root).locate(path).read_text(),
        "task": lambda path: fetch(root, path, tmp_path / "downloads").read_text(),
        "notebook": lambda path: place(root, path.replace("/x.py", "/n")).read_text()[-1:].replace("2", "1"),
        "dbutils": lambda path: DBUtils().fs.head(path),
    }


@pytest.mark.parametrize("asker", ["API", "task", "notebook", "dbutils"])
def test_the_long_name_of_an_object_is_the_same_to_all(askers: dict[str, Ask], asker: str) -> None:
    assert askers[asker]("/Workspace/Shared/x.py") == "1"


@pytest.mark.parametrize("asker", ["API", "task", "notebook"])
def test_so_is_the_short_one(askers: dict[str, Ask], asker: str) -> None:
    assert askers[asker]("/Shared/x.py") == "1"


@pytest.mark.parametrize("asker", ["API", "task", "notebook", "dbutils"])
@pytest.mark.parametrize("path", ["/Workspace/../secret.py", "/Workspace/Shared/../../secret.py"])
def test_none_leads_out_of_the_workspace(askers: dict[str, Ask], asker: str, path: str) -> None:
    with pytest.raises((ApiError, SetupError, NotebookError, ValueError), match="leaves the workspace"):
        askers[asker](path)


def test_a_folder_whose_name_only_begins_alike_is_another(root: Path) -> None:
    assert workspace_file(root, "/Workspaces/x") == root / "Workspaces" / "x"
    assert workspace_file(root, "/Workspace") == root


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://lake/a/b.csv", ("lake", "a/b.csv")),
        ("s3a://lake/week #1?.csv", ("lake", "week #1?.csv")),
        ("s3n://lake/100%25", ("lake", "100%25")),
        ("s3://lake", ("lake", "")),
        ("s3://lake//double", ("lake", "/double")),
    ],
)
def test_a_key_is_taken_as_it_is(uri: str, expected: tuple[str, str]) -> None:
    assert bucket_and_key(uri) == expected


def test_the_runtime_needs_nothing_else_of_ours() -> None:
    code = f"import sys; sys.path = [{str(RUNTIME_FOLDER)!r}, *[p for p in sys.path if 'localbricks' not in p]]\n"
    code += "import localbricks_runtime.dbutils, localbricks_runtime.kernel; assert 'localbricks' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
