"""A task imports the runtime's libraries and its own, and not what happens to be installed beside localbricks."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localbricks.jobs.process.environments import Environments, closure
from localbricks.jobs.process.libraries import Libraries
from localbricks_testing.wheels import build_wheel

WHEEL = {"acme/__init__.py": "import nbclient\n"}  # localbricks itself needs nbclient


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    return Environments(tmp_path_factory.mktemp("environments"))


def says(python: Path, code: str, *paths: Path) -> str:
    """The last line that the code prints, or of its error."""
    environment = {"PYTHONPATH": ":".join(str(path) for path in paths)}
    done = subprocess.run([str(python), "-c", code], env=environment, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().splitlines()[-1]


def test_an_undeclared_library_is_missing_though_localbricks_has_it(
    environments: Environments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "workspace").mkdir()
    libraries = Libraries(tmp_path / "libraries", tmp_path / "workspace")
    monkeypatch.setattr(libraries, "_environments", environments)
    silent = libraries.prepare([f"file:{build_wheel(tmp_path, 'acme', WHEEL)}"], tmp_path)
    declaring = build_wheel(tmp_path, "acme", WHEEL, requires=["nbclient"])
    declared = libraries.prepare([f"file:{declaring}"], tmp_path)

    code = "import acme; print('imported')"
    assert says(silent.python, code, *silent.folders) == "ModuleNotFoundError: No module named 'nbclient'"
    assert says(declared.python, code, *declared.folders) == "imported"


def test_the_runtime_is_there_and_finds_its_versions(environments: Environments) -> None:
    python = environments.python([])

    code = "import pandas, pyspark.sql, importlib.metadata as m; print(m.version('pyspark') == pyspark.__version__)"
    assert says(python, code) == "True"


def test_folders_that_distributions_share_hold_the_declared_ones_only(environments: Environments) -> None:
    python = environments.python([])

    assert says(python, "import databricks.sdk; print('there')") == "there"
    assert says(python, "import databricks.sql") == "ModuleNotFoundError: No module named 'databricks.sql'"


def test_an_environment_is_made_once_for_each_set_of_distributions(tmp_path: Path) -> None:
    environments = Environments(tmp_path / "environments")
    with ThreadPoolExecutor(4) as pool:
        pythons = set(
            pool.map(environments.python, [["nbclient"], ["nbclient>=0.1"], ["nbclient"], ["pyyaml"]])
        )

    assert len(pythons) == 2
    assert {python.parents[1].name for python in pythons} == {f.name for f in environments.folder.iterdir()}


def test_requirements_of_other_platforms_and_unasked_extras_lead_nowhere() -> None:
    assert "nbclient" not in closure(('nbclient; sys_platform == "win32"', 'nbclient; extra == "x"'))
    assert {"nbclient", "nbformat", "traitlets"} <= set(closure(("nbclient",)))


def test_every_task_has_the_runtimes_modules(environments: Environments, tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text('{"task_key": "train", "task": {}}')
    (tmp_path / "secrets.json").write_text('{"db": {"password": "open sesame"}}')
    code = "from pyspark.dbutils import DBUtils as D; D().jobs.taskValues.set('a', 1); "
    code += "print(D().jobs.taskValues.get('train', 'a'), D().secrets.get('db', 'password'))"
    variables = {
        "RUN_FOLDER": tmp_path,
        "TASK_VALUES": tmp_path / "values",
        "SECRETS": tmp_path / "secrets.json",
    }
    environment = {f"LOCALBRICKS_{name}": str(value) for name, value in variables.items()}
    done = subprocess.run(
        [str(environments.python([])), "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.stdout == "1 [REDACTED]\n", done.stderr


def test_no_pip_of_another_environment_runs(environments: Environments) -> None:
    pip = environments.python([]).with_name("pip")
    done = subprocess.run([str(pip), "install", "x"], capture_output=True, text=True)
    assert (done.returncode, "use %pip" in done.stderr) == (1, True)
