"""dbutils, as notebooks and other tasks meet it in their process."""

import json
from pathlib import Path

import pytest
from localbricks_runtime.dbutils import DBUtils
from localbricks_runtime.dbutils.library import PythonRestart
from localbricks_runtime.dbutils.notebook import NotebookExit

from .conftest import Begin

WHEEL = {"python_wheel_task": {"package_name": "acme", "entry_point": "run"}}


def test_a_parameter_of_the_task_wins_over_the_default(dbutils: DBUtils) -> None:
    dbutils.widgets.text("day", "1999-12-31")
    dbutils.widgets.dropdown("mode", "full", ["full", "quick"])
    assert (dbutils.widgets.get("day"), dbutils.widgets.get("mode")) == ("2017-01-01", "full")
    assert dbutils.widgets.getAll() == {"day": "2017-01-01", "mode": "full"}
    with pytest.raises(ValueError, match="no widget or parameter 'dya'; there are day, mode"):
        dbutils.widgets.get("dya")


def test_a_combobox_takes_any_text_and_a_dropdown_one_of_its_choices(dbutils: DBUtils) -> None:
    dbutils.widgets.combobox("city", "Ghent", ["Lund"])
    assert dbutils.widgets.get("city") == "Ghent"
    with pytest.raises(ValueError, match="'Ghent' is none of the choices"):
        dbutils.widgets.dropdown("town", "Ghent", ["Lund"])


def test_all_dbutils_of_a_process_are_one(dbutils: DBUtils) -> None:
    dbutils.widgets.text("mode", "full")
    assert DBUtils(None).widgets.get("mode") == "full"


def test_task_values_go_from_task_to_task_of_any_type(begin: Begin) -> None:
    begin("train", **WHEEL).jobs.taskValues.set("auc", 0.9)
    values = begin("validate", spark_python_task={"python_file": "/a.py"}).jobs.taskValues
    assert values.get("train", "auc") == 0.9
    assert values.get("train", "nope", default=7) == 7
    with pytest.raises(ValueError, match="task train has no value 'nope'; it has auc"):
        values.get("train", "nope")
    with pytest.raises(ValueError, match="at most 49,152"):
        values.set("big", "x" * 50_000)


def test_outside_of_a_job_task_values_need_a_debug_value(
    dbutils: DBUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCALBRICKS_RUN_FOLDER")
    assert dbutils.jobs.taskValues.get("train", "auc", debugValue=1) == 1
    with pytest.raises(TypeError, match="debugValue"):
        dbutils.jobs.taskValues.get("train", "auc")


def test_exit_leaves_its_value(dbutils: DBUtils, tmp_path: Path) -> None:
    with pytest.raises(NotebookExit):
        dbutils.notebook.exit({"a": 1})
    assert json.loads((tmp_path / "train" / "notebook_exit.json").read_text()) == "{'a': 1}"


def test_secrets_are_found_by_name(dbutils: DBUtils) -> None:
    assert dbutils.secrets.get("db", "password") == "open <sesame>"
    assert [secret.key for secret in dbutils.secrets.list("db")] == ["password", "user"]
    assert [scope.name for scope in dbutils.secrets.listScopes()] == ["db"]
    with pytest.raises(ValueError, match="secret db/token does not exist; the scope has password, user"):
        dbutils.secrets.get("db", "token")
    with pytest.raises(ValueError, match="scope 'web' does not exist; there are db"):
        dbutils.secrets.list("web")


def test_the_notebook_knows_its_path(dbutils: DBUtils) -> None:
    context = dbutils.notebook.entry_point.getDbutils().notebook().getContext()
    assert context.notebookPath().get() == "/Shared/train"
    with pytest.raises(NotImplementedError, match=r"getContext\(\)\.clusterId"):
        context.clusterId()


def test_arguments_of_another_notebook_are_text(dbutils: DBUtils) -> None:
    with pytest.raises(TypeError, match="arguments n: expected text"):
        dbutils.notebook.run("other", 60, {"n": 1})


def test_python_restarts_whatever_the_cell_catches(dbutils: DBUtils) -> None:
    assert not issubclass(PythonRestart, Exception)
    with pytest.raises(PythonRestart):
        dbutils.library.restartPython()


def test_what_is_missing_is_refused_by_name(dbutils: DBUtils) -> None:
    for use, name in (
        (lambda: dbutils.library.installPyPI("x"), r"dbutils\.library\.installPyPI"),
        (lambda: dbutils.fs.mount("s3a://x", "/mnt/x"), r"dbutils\.fs\.mount"),
        (lambda: dbutils.data.summarize(None), r"dbutils\.data\.summarize"),
    ):
        with pytest.raises(NotImplementedError, match=name):
            use()


def test_what_only_notebooks_have_is_refused_in_other_tasks(begin: Begin) -> None:
    dbutils = begin("train", **WHEEL)
    for use, name in (
        (lambda: dbutils.widgets.text("a", "b"), "widgets"),
        (lambda: dbutils.notebook.exit("x"), "notebook.exit"),
        (lambda: dbutils.notebook.run("x", 1), "notebook.run"),
        (lambda: dbutils.library.restartPython(), "library.restartPython"),
    ):
        with pytest.raises(NotImplementedError, match=f"dbutils.{name}: this is no notebook"):
            use()
