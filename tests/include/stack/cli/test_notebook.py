"""`lakeloop notebook` without Jupyter: what it writes for it, what a save does, and what it says when it cannot."""

import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager

from lakeloop_stack.cli import notebook
from lakeloop_stack.cli.notebook import (
    NotebookToolError,
    arguments,
    known_notebooks,
    prepare,
    require_jupyter,
)


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the jobs' notebooks, so that a save writes there."""
    copy = tmp_path / "sources"
    shutil.copytree(notebook.NOTEBOOKS, copy)
    monkeypatch.setattr(notebook, "NOTEBOOKS", copy)
    return copy


@pytest.fixture
def folder(tmp_path: Path, sources: Path) -> Path:
    """Where `train` was prepared."""
    made = tmp_path / "notebooks"
    prepare(made, "train", "demand", {"training_reason": "curious"}, tmp_path / "workspace")
    return made


def test_the_notebook_and_its_parameters_are_there(folder: Path) -> None:
    cells = nbformat.read(folder / "train.ipynb", as_version=4).cells

    assert cells[0].cell_type == "markdown"
    assert any("models.train" in cell.source for cell in cells)
    task = json.loads((folder / ".run" / "train" / "task.json").read_text())
    assert task["task"]["notebook_task"]["base_parameters"] == {
        "use_case": "demand",
        "target": "local",
        "training_reason": "curious",
    }


def test_jupyter_finds_the_kernel_and_no_secret_in_it(folder: Path) -> None:
    spec = KernelSpecManager(kernel_dirs=[str(folder / "share" / "kernels")]).get_kernel_spec("databricks")

    assert spec.argv[1:3] == ["-m", "ipykernel_launcher"]
    assert not [name for name in spec.env if "TOKEN" in name or "SECRET" in name or "KEY" in name]


def test_a_save_writes_the_source(folder: Path, sources: Path) -> None:
    settings = SimpleNamespace(FileContentsManager=SimpleNamespace())
    exec((folder / ".jupyter" / "jupyter_server_config.py").read_text(), {"c": settings})
    save: Any = settings.FileContentsManager.post_save_hook
    before = (sources / "train.py").read_text()
    saved = folder / "train.ipynb"

    save(model={"type": "notebook"}, os_path=str(saved), contents_manager=None)
    assert (sources / "train.py").read_text() == before

    edited = nbformat.read(saved, as_version=4)
    edited.cells[1].source = "import json  # edited"
    nbformat.write(edited, saved)
    save(model={"type": "notebook"}, os_path=str(saved), contents_manager=None)
    save(model={"type": "notebook"}, os_path=str(folder / "other.ipynb"), contents_manager=None)
    assert "\n\nimport json  # edited\n\n# COMMAND" in (sources / "train.py").read_text()
    assert sorted(file.name for file in sources.glob("*")) == sorted(
        f"{name}.py" for name in known_notebooks()
    )


def test_an_unknown_notebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotebookToolError, match=r"no notebook 'trian'; there are .*train.*validate"):
        prepare(tmp_path, "trian", "demand", {}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_jupyter_that_cannot_be_fetched_is_said(tmp_path: Path) -> None:
    offline = {**os.environ, "UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path)}

    with pytest.raises(NotebookToolError, match=r"JupyterLab could not be fetched .* mirror in UV_INDEX_URL"):
        require_jupyter(offline)


def test_it_listens_on_loopback_with_a_token_that_no_command_line_shows(tmp_path: Path) -> None:
    given = arguments(tmp_path, 8899)

    assert {"--ServerApp.ip=127.0.0.1", "--ServerApp.port=8899", "--ServerApp.port_retries=0"} <= set(given)
    assert not [argument for argument in given if "token" in argument.lower()]


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_let_in_where_there_is_no_other_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, allowed: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in arguments(tmp_path, 8899)) == allowed


def test_a_jupyter_that_ends_by_itself_is_no_success() -> None:
    with pytest.raises(NotebookToolError, match="JupyterLab ended with exit code 3"):
        notebook._run_until_it_ends([sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))
