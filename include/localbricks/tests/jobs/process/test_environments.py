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
