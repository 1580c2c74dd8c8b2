"""Command lines, and which parameters win."""

import sys
from pathlib import Path

import pytest

from localbricks.jobs.process.commands import command, import_folders, merged
from localbricks.jobs.process.sources import SetupError

PYTHON = Path("/environment/bin/python")


def test_a_python_file_of_the_workspace_starts_in_its_own_folder(tmp_path: Path) -> None:
    file = tmp_path / "Shared" / "etl.py"
    file.parent.mkdir()
    file.touch()
    for path in ("/Workspace/Shared/etl.py", "/Shared/etl.py"):
        task = {"spark_python_task": {"python_file": path, "parameters": ["--day", "1"]}}
        assert command(task, tmp_path, tmp_path, PYTHON) == (
            [str(PYTHON), str(file), "--day", "1"],
            file.parent,
        )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/Workspace/none.py", "/Workspace/none.py does not exist in the workspace"),
        ("file:/no/such.py", "file:/no/such.py does not exist on this machine"),
        ("dbfs:/a.py", "dbfs:/a.py is neither a workspace path"),
        ("relative.py", "relative.py is neither"),
    ],
)
def test_a_python_file_that_cannot_be_had_is_named(tmp_path: Path, path: str, message: str) -> None:
    with pytest.raises(SetupError, match=message):
        command({"spark_python_task": {"python_file": path}}, tmp_path, tmp_path, PYTHON)


def test_named_parameters_of_a_wheel_become_options(tmp_path: Path) -> None:
    own = {
        "package_name": "acme",
        "entry_point": "score",
        "named_parameters": {"use-case": "churn", "night": "1"},
    }
    line, cwd = command({"python_wheel_task": own}, tmp_path, tmp_path, PYTHON)
    assert line[-4:] == ["acme", "score", "--use-case=churn", "--night=1"]
    assert cwd == tmp_path


def test_a_notebook_is_run_by_the_notebook_process(tmp_path: Path) -> None:
    task = {"notebook_task": {"notebook_path": "/a"}}
    line, _ = command(task, tmp_path, tmp_path, PYTHON)
    assert line == [sys.executable, "-m", "localbricks.notebooks", str(tmp_path)]
    (folder,) = import_folders(task)
    assert (folder / "localbricks" / "notebooks").is_dir()


def test_parameters_of_the_run_win_over_those_of_the_task() -> None:
    notebook = {"notebook_task": {"notebook_path": "/a", "base_parameters": {"a": "1", "b": "1", "c": "1"}}}
    result = merged(notebook, {"b": "2"}, {"notebook_params": {"c": "3"}})
    assert result["notebook_task"]["base_parameters"] == {"a": "1", "b": "2", "c": "3"}
    wheel = {
        "python_wheel_task": {
            "package_name": "p",
            "entry_point": "e",
            "named_parameters": {"a": "1", "b": "1"},
        }
    }
    result = merged(wheel, {"b": "2"}, {"python_named_params": {"c": "3"}})
    assert result["python_wheel_task"]["named_parameters"] == {"a": "1", "b": "2", "c": "3"}
    assert merged(wheel, {}, {"python_params": ["x"]})["python_wheel_task"]["parameters"] == ["x"]
    python = {"spark_python_task": {"python_file": "/a.py", "parameters": ["1"]}}
    assert merged(python, {"b": "2"}, {}) == python
    assert merged(python, {}, {"python_params": ["2"]})["spark_python_task"]["parameters"] == ["2"]


def test_job_parameters_do_not_turn_positional_parameters_into_options() -> None:
    wheel = {"python_wheel_task": {"package_name": "p", "entry_point": "e", "parameters": ["1"]}}
    assert merged(wheel, {"b": "2"}, {}) == wheel
