"""What the project promises of itself: entry points, data files, versions, dependencies."""

import importlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
JOBS = PROJECT["entry-points"]["packages"]
# Databricks serverless brings these; anything else a job imports must be a dependency of the wheel.
ON_DATABRICKS = {"pyspark", "delta"}


@pytest.mark.parametrize(("name", "where"), JOBS.items())
def test_each_entry_point_is_a_function_that_explains_itself(name: str, where: str) -> None:
    module, _, function = where.partition(":")

    assert callable(getattr(importlib.import_module(module), function))
    command = [sys.executable, "-m", module, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"usage: {name} " in done.stdout
    assert ("--source" if name == "ingest" else "--use-case") in done.stdout


def test_the_installed_project_offers_them_to_databricks() -> None:
    assert {point.name: point.value for point in entry_points(group="packages")}.items() >= JOBS.items()


def test_the_command_line_is_installed() -> None:
    [point] = entry_points(group="console_scripts", name="lakeloop")

    assert callable(point.load())


def test_the_version_that_is_installed_is_the_projects() -> None:
    assert version("lakeloop") == PROJECT["version"]


@pytest.mark.parametrize("job", ["promote", "register", "score"])
def test_a_job_imports_nothing_that_the_wheel_does_not_bring(job: str) -> None:
    """In a process of its own, so that what other tests imported does not count."""
    code = f"import sys; import lakeloop_jobs.{job}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    loaded = set(done.stdout.split())
    assert not loaded & {"airflow", "cosmos", "dbt", "supervisor"}


def test_the_wheels_dependencies_hold_no_orchestration_and_no_spark() -> None:
    names = {Requirement(line).name for line in PROJECT["dependencies"]}

    assert not names & ON_DATABRICKS
    assert not [name for name in names if re.match("apache-airflow|dbt|astronomer", name)]


def locked() -> set[str]:
    """The names in the lock."""
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert "uv pip compile" in lock.splitlines()[1]
    return {name.lower() for name in re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[.*\])?==", lock, re.M)}


def test_everything_that_is_needed_is_locked() -> None:
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    needed = {Requirement(line).name.lower() for group in groups for line in group} - {"lakeloop"}

    assert needed - locked() == set()


def test_what_the_packages_below_include_need_is_locked() -> None:
    projects = [tomllib.loads(file.read_text())["project"] for file in ROOT.glob("include/*/pyproject.toml")]
    needed = {Requirement(line).name.lower() for project in projects for line in project["dependencies"]}

    assert needed
    assert needed - locked() - {"lakeloop", *(project["name"] for project in projects)} == set()


def test_the_deferred_s3_sensor_has_its_client() -> None:
    assert any("aiobotocore" in line for line in requires("apache-airflow-providers-amazon") or [])
    assert importlib.import_module("aiobotocore")


@pytest.mark.parametrize(
    "project",
    [
        ".",
        "include/stack",
        "include/datasets",
        "include/localbricks",
        "include/cloudfiles",
        "include/serving",
        "include/features",
    ],
)
def test_data_files_of_the_packages_travel_with_them(project: str) -> None:
    tools = tomllib.loads((ROOT / project / "pyproject.toml").read_text())["tool"]
    patterns = tools["setuptools"]["package-data"]["*"]
    suffixes = {pattern.removeprefix("*") for pattern in patterns}
    generated = {".py", ".pyc", ".md", ".toml"}
    folder = ROOT / ("include/lakeloop" if project == "." else project)
    files = [p for p in folder.rglob("*") if p.is_file() and not {"__pycache__", "build"} & set(p.parts)]
    files = [p for p in files if not any(part.endswith(".egg-info") for part in p.parts)]
    files = [p for p in files if not any(part.startswith(".") for part in p.relative_to(folder).parts)]

    assert files
    assert {path.suffix for path in files} - generated <= suffixes


def test_the_production_wheel_names_every_package_of_its_own() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    roots = (
        ROOT / "include" / "lakeloop",
        ROOT / "include" / "features" / "eventfeatures",
        ROOT / "include" / "recommender" / "rankstream",
        ROOT / "jobs" / "lakeloop_jobs",
    )
    found = {
        ".".join(file.parent.relative_to(root.parent).parts)
        for root in roots
        for file in root.rglob("__init__.py")
    }

    found = {name for name in found if not name.startswith("rankstream.service")}  # no job serves HTTP

    assert found
    assert found | {"lakeloop.use_cases", "lakeloop.sources"} == set(tools["packages"])
