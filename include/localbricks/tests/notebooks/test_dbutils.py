"""dbutils, as a notebook meets it in its kernel."""

import json
import sys
from pathlib import Path

import pytest

from localbricks.notebooks.redaction import Redaction
from localbricks.notebooks.runner import KERNEL_PACKAGES

sys.path.append(str(KERNEL_PACKAGES))
from localbricks_kernel.dbutils import DBUtils, NotebookExit


@pytest.fixture
def dbutils(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DBUtils:
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"db": {"password": "open sesame"}}))
    monkeypatch.setenv("LOCALBRICKS_NOTEBOOK_PARAMETERS", json.dumps({"day": "2017-01-01"}))
    monkeypatch.setenv("LOCALBRICKS_NOTEBOOK_EXIT", str(tmp_path / "exit.json"))
    monkeypatch.setenv("LOCALBRICKS_TASK_VALUES", str(tmp_path / "values"))
    monkeypatch.setenv("LOCALBRICKS_TASK_KEY", "train")
    monkeypatch.setenv("LOCALBRICKS_SECRETS", str(secrets))
    monkeypatch.setenv("LOCALBRICKS_WORKSPACE", str(tmp_path / "workspace"))
    return DBUtils()


def test_a_parameter_of_the_task_wins_over_the_default(dbutils: DBUtils) -> None:
    dbutils.widgets.text("day", "1999-12-31")
    dbutils.widgets.text("mode", "full")
    assert (dbutils.widgets.get("day"), dbutils.widgets.get("mode")) == ("2017-01-01", "full")
    assert dbutils.widgets.getAll() == {"day": "2017-01-01", "mode": "full"}
    with pytest.raises(ValueError, match="no widget or parameter 'dya'; there are day, mode"):
        dbutils.widgets.get("dya")


def test_task_values_go_from_task_to_task(dbutils: DBUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    dbutils.jobs.taskValues.set("auc", 0.9)
    dbutils.jobs.taskValues.set("run_id", "abc")
    monkeypatch.setenv("LOCALBRICKS_TASK_KEY", "validate")
    assert dbutils.jobs.taskValues.get("train", "auc") == 0.9
    assert dbutils.jobs.taskValues.get("train", "nope", default=7) == 7
    with pytest.raises(ValueError, match="task train has no value 'nope'; it has auc, run_id"):
        dbutils.jobs.taskValues.get("train", "nope")
    with pytest.raises(ValueError, match="at most 49,152"):
        dbutils.jobs.taskValues.set("big", "x" * 50_000)


def test_outside_of_a_job_task_values_need_a_debug_value(
    dbutils: DBUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCALBRICKS_TASK_KEY")
    assert dbutils.jobs.taskValues.get("train", "auc", debugValue=1) == 1
    with pytest.raises(TypeError, match="debugValue"):
        dbutils.jobs.taskValues.get("train", "auc")


def test_exit_leaves_its_value(dbutils: DBUtils, tmp_path: Path) -> None:
    with pytest.raises(NotebookExit):
        dbutils.notebook.exit({"a": 1})
    assert json.loads((tmp_path / "exit.json").read_text()) == "{'a': 1}"


def test_secrets_are_found_by_name_and_never_shown(dbutils: DBUtils, tmp_path: Path) -> None:
    secret = dbutils.secrets.get("db", "password")
    assert secret == "open sesame"
    redaction = Redaction.from_file(str(tmp_path / "secrets.json"))
    assert redaction.text(f"password is {secret}!") == "password is [REDACTED]!"
    with pytest.raises(ValueError, match="secret db/user does not exist; the scope has password"):
        dbutils.secrets.get("db", "user")


def test_files_of_the_workspace_are_written_read_and_removed(dbutils: DBUtils) -> None:
    path = "/Workspace/Shared/note.txt"
    dbutils.fs.put(path, "hello")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        dbutils.fs.put(path, "again")
    assert dbutils.fs.head(path, 4) == "hell"
    assert [f.name for f in dbutils.fs.ls("/Workspace/Shared")] == ["note.txt"]
    assert dbutils.fs.rm(path)
    assert not dbutils.fs.rm(path)


def test_what_is_missing_is_refused_by_name(dbutils: DBUtils) -> None:
    with pytest.raises(NotImplementedError, match=r"dbutils\.library\.restartPython"):
        dbutils.library.restartPython()
    with pytest.raises(RuntimeError, match="installed is nothing"):
        dbutils._pip_install("no-such-package-anywhere==1")
