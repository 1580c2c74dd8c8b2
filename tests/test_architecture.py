"""The arrows of docs/architecture.md that import-linter cannot see: DAG files and notebooks are no packages."""

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [p for d in ("include", "jobs", "plugins", "dags") for p in sorted((ROOT / d).rglob("*.py"))]
IMPORT_ROOTS = (
    "include",
    "jobs",
    "plugins",
    "include/datasets",
    "include/stack",
    "include/localbricks",
    "include/cloudfiles",
    "include/serving",
    "include/features",
    "include/streaming",
    "include/recommender",
    "include/edge",
)
LOCAL_PLATFORM = (
    "edgescorer",
    "eventscorer",
    "lakeloop_stack",
    "localbricks",
    "lakeloop_datasets",
    "oipscorer",
    "pyspark_cloudfiles",
)
# Folder below include/ and the package that it holds.
LIFTED_OUT = {
    "localbricks": "localbricks",
    "cloudfiles": "pyspark_cloudfiles",
    "serving": "oipscorer",
    "features": "eventfeatures",
    "edge": "edgescorer",
}
PRODUCT = ("dags", "lakeloop", "lakeloop_airflow", "lakeloop_jobs", "rankstream", *LOCAL_PLATFORM)


def imported_modules(path: Path) -> set[str]:
    """Return every absolute module name that the file imports, at any depth of the code."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
    return found


def imports_any(path: Path, *packages: str) -> list[str]:
    """Return the imports of the file that lie in one of the packages."""
    return sorted(m for m in imported_modules(path) if m.split(".")[0] in packages or m in packages)


def files(*folders: str) -> list[Path]:
    """Return the sources below the folders; an empty folder is an error, so that no test silently checks nothing."""
    found = [p for p in SOURCES if any(p.is_relative_to(ROOT / f) for f in folders)]
    assert found, f"no Python file below {folders}"
    return found


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_imports_dags(path: Path) -> None:
    assert imports_any(path, "dags") == []


@pytest.mark.parametrize("path", files("jobs"), ids=name)
def test_jobs_never_import_airflow_or_the_local_platform(path: Path) -> None:
    assert imports_any(path, "airflow", "lakeloop_airflow", *LOCAL_PLATFORM) == []


@pytest.mark.parametrize("path", files("dags"), ids=name)
def test_dags_reach_the_product_only_through_plugins_and_config(path: Path) -> None:
    modules = {m for m in imported_modules(path) if m.split(".")[0] in PRODUCT}
    assert not {m for m in modules if not m.startswith(("lakeloop_airflow", "lakeloop.config"))}


@pytest.mark.parametrize("path", files(*(f"include/{folder}" for folder in LIFTED_OUT)), ids=name)
def test_the_local_platform_could_be_lifted_out(path: Path) -> None:
    outside = imports_any(path, *PRODUCT)
    folder = path.relative_to(ROOT / "include").parts[0]
    assert not [m for m in outside if m.split(".")[0] != LIFTED_OUT[folder]]


def test_the_contracts_of_import_linter_hold() -> None:
    paths = os.pathsep.join(str(ROOT / folder) for folder in IMPORT_ROOTS)
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout[-3000:]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert f"Contracts: {len(contracts)} kept, 0 broken." in done.stdout
