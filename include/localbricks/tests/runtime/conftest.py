"""A process that runs a task, as the runtime finds it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from localbricks_runtime import dbutils as module
from localbricks_runtime.dbutils import DBUtils

SECRETS = {"db": {"password": "open <sesame>", "user": "ali"}}
Begin = Callable[..., DBUtils]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Starts a task of this key and these settings, and gives its dbutils."""
    (tmp_path / "secrets.json").write_text(json.dumps(SECRETS))
    (tmp_path / "workspace" / "Shared").mkdir(parents=True)
    monkeypatch.setenv("LOCALBRICKS_SECRETS", str(tmp_path / "secrets.json"))
    monkeypatch.setenv("LOCALBRICKS_TASK_VALUES", str(tmp_path / "values"))
    monkeypatch.setenv("LOCALBRICKS_WORKSPACE", str(tmp_path / "workspace"))

    def start(key: str = "train", **task: object) -> DBUtils:
        folder = tmp_path / key
        folder.mkdir(exist_ok=True)
        (folder / "task.json").write_text(json.dumps({"task_key": key, "task": task}))
        monkeypatch.setenv("LOCALBRICKS_RUN_FOLDER", str(folder))
        module.parts.cache_clear()
        return DBUtils()

    yield start
    module.parts.cache_clear()


@pytest.fixture
def dbutils(begin: Begin) -> DBUtils:
    """The dbutils of a notebook with one parameter."""
    return begin(notebook_task={"notebook_path": "/Shared/train", "base_parameters": {"day": "2017-01-01"}})
