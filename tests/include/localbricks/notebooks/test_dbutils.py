"""dbutils, as a notebook meets it in its kernel."""

import json
from pathlib import Path

import pytest
from localbricks_kernel import sql
from localbricks_kernel.dbutils import DBUtils, NotebookExit
from localbricks_kernel.pip import satisfied
from localbricks_kernel.widgets import InputWidgetNotDefined


@pytest.fixture
def dbutils(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DBUtils:
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"db": {"password": "open sesame"}}))
    monkeypatch.setenv("LOCALBRICKS_TASK_VALUES", str(tmp_path / "values"))
    monkeypatch.setenv("LOCALBRICKS_SECRETS", str(secrets))
    monkeypatch.setenv("LOCALBRICKS_WORKSPACE", str(tmp_path / "workspace"))
    return DBUtils({"day": "2017-01-01"}, "train")


def test_a_parameter_of_the_task_wins_over_the_default(dbutils: DBUtils) -> None:
    dbutils.widgets.text("day", "1999-12-31")
    dbutils.widgets.combobox("mode", "full", ["full", "quick"])
    dbutils.widgets.multiselect("weeks", "1,2", ["1", "2", "3"])
    assert dbutils.widgets.getAll() == {"day": "2017-01-01", "mode": "full", "weeks": "1,2"}
    assert dbutils.widgets.getArgument("none", "x") == "x"
    dbutils.widgets.removeAll()
    assert dbutils.widgets.getAll() == {"day": "2017-01-01"}
    with pytest.raises(InputWidgetNotDefined, match="No input widget named dya is defined; there are: day"):
        dbutils.widgets.get("dya")


def test_a_default_must_be_one_of_the_choices(dbutils: DBUtils) -> None:
    with pytest.raises(ValueError, match="widget size: default 'XL' is none of its choices: S, M"):
        dbutils.widgets.dropdown("size", "XL", ["S", "M"])


def test_task_values_go_from_task_to_task(dbutils: DBUtils) -> None:
    dbutils.jobs.taskValues.set("auc", 0.9)
    dbutils.jobs.taskValues.set(key="runs", value={"a": [1, None]})
    validate = DBUtils({}, "validate").jobs.taskValues
    assert validate.get("train", "auc") == 0.9
    assert validate.get(taskKey="train", key="runs", debugValue=5) == {"a": [1, None]}
    assert validate.get("train", "nope", default=7) == 7
    with pytest.raises(
        ValueError, match=r"task 'train' has no value 'nope' in this run \(it has auc, runs\)"
    ):
        validate.get("train", "nope", debugValue=1)
    with pytest.raises(ValueError, match="has set none"):
        validate.get("other", "auc")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x" * 50_000, "50,002 bytes as JSON"),
        ({1, 2}, "cannot be written as JSON"),
        (float("nan"), "as JSON"),
    ],
)
def test_a_task_value_is_a_little_json(dbutils: DBUtils, value: object, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=f"task value 'v' .*{message}"):
        dbutils.jobs.taskValues.set("v", value)


def test_exit_carries_its_value_as_text(dbutils: DBUtils) -> None:
    with pytest.raises(NotebookExit) as caught:
        dbutils.notebook.exit({"a": 1})
    assert caught.value.value == "{'a': 1}"


def test_secrets_are_found_by_name(dbutils: DBUtils) -> None:
    assert dbutils.secrets.get("db", "password") == "open sesame"
    assert dbutils.secrets.getBytes("db", "password") == b"open sesame"
    assert [scope.name for scope in dbutils.secrets.listScopes()] == ["db"]
    assert [secret.key for secret in dbutils.secrets.list("db")] == ["password"]
    with pytest.raises(ValueError, match="secret db/user does not exist; the scope has the keys: password"):
        dbutils.secrets.get("db", "user")
    with pytest.raises(ValueError, match="secret scope vault does not exist; there are: db"):
        dbutils.secrets.get("vault", "user")


@pytest.mark.parametrize("kind", ["/Workspace/Shared", "file:"])
def test_files_are_written_copied_moved_and_removed(dbutils: DBUtils, tmp_path: Path, kind: str) -> None:
    base = kind if kind.startswith("/") else f"file:{tmp_path}/files"
    fs = dbutils.fs
    fs.put(f"{base}/a.txt", "hello")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        fs.put(f"{base}/a.txt", "again")
    assert fs.head(f"{base}/a.txt", 4) == "hell"
    fs.mkdirs(f"{base}/deep/er")
    fs.cp(f"{base}/a.txt", f"{base}/deep/er/")
    fs.mv(f"{base}/deep", f"{base}/moved", recurse=True)
    assert [(entry.name, entry.size, entry.isDir()) for entry in fs.ls(base)] == [
        ("a.txt", 5, False),
        ("moved/", 0, True),
    ]
    assert [entry.path for entry in fs.ls(f"{base}/moved/er")] == [f"{base}/moved/er/a.txt"]
    with pytest.raises(IsADirectoryError, match="recurse=True"):
        fs.rm(f"{base}/moved")
    assert fs.rm(f"{base}/moved", recurse=True)
    assert not fs.rm(f"{base}/moved")
    with pytest.raises(FileNotFoundError, match="moved does not exist"):
        fs.ls(f"{base}/moved")


@pytest.mark.parametrize("path", ["/x", "dbfs:/x", "/Volumes/a/b/c", "s3:///x", "/Workspace/../../etc"])
def test_a_path_that_is_not_there_locally_is_refused(dbutils: DBUtils, path: str) -> None:
    with pytest.raises(
        ValueError, match=r"the local workspace has s3://|names no bucket|leaves the workspace"
    ):
        dbutils.fs.ls(path)


@pytest.mark.parametrize(
    "name", ["library.restartPython", "notebook.run", "credentials.assumeRole", "fs.mount"]
)
def test_what_is_missing_is_refused_by_name(dbutils: DBUtils, name: str) -> None:
    area, function = name.split(".")
    with pytest.raises(NotImplementedError, match=rf"dbutils\.{area}\.{function}"):
        getattr(getattr(dbutils, area), function)("x")


def test_pip_accepts_what_is_installed_and_names_what_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    satisfied("install -q 'pytest>=2'")
    assert "Requirement already satisfied: pytest>=2" in capsys.readouterr().out
    for command, message in {
        "install pytest==0.1": r"%pip install pytest==0.1: \d+.* is installed, and",
        "install -r requirements.txt": "%pip install -r: the local workspace fetches nothing",
        "uninstall pytest": "%pip uninstall is not supported",
    }.items():
        with pytest.raises(RuntimeError, match=message):
            satisfied(command)


def test_sql_is_divided_at_semicolons_outside_of_texts_and_comments() -> None:
    text = "-- a; b\nSELECT ';' /* ; */;\n;\nSELECT `a;b` FROM t; -- end\n"
    assert sql.statements(text, str) == ["-- a; b\nSELECT ';' /* ; */", "SELECT `a;b` FROM t"]


def test_a_script_is_one_statement() -> None:
    script = "BEGIN\n DECLARE x INT;\n SELECT 1;\nEND"
    assert sql.statements(script, str) == [script]


def test_markers_become_literals_but_casts_and_texts_do_not() -> None:
    values = {"day": "it's \\ monday"}
    found = sql.statements("SELECT :day, a::int, ':day', c:field", values.__getitem__)
    assert found == ["SELECT 'it\\'s \\\\ monday', a::int, ':day', c:field"]


def test_older_references_to_widgets_are_filled_in(dbutils: DBUtils) -> None:
    class Spark:
        def sql(self, statement: str) -> "Spark":
            self.columns, self.statement = ["n"], statement
            return self

    shown: list[Spark] = []
    namespace = {"spark": Spark()}
    sql.run("SELECT '${day}', '$day', '$other'", namespace, dbutils.widgets, shown.append)
    assert shown[0].statement == "SELECT '2017-01-01', '2017-01-01', '$other'"
    assert namespace["_sqldf"] is shown[0]
