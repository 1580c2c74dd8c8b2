"""Runs dbt as a user does; what it understands of the project needs no server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lakeloop.config import LabelledUseCase, Source, load_labelled_use_case, load_source
from lakeloop.config.dbt import dbt_environment

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "dbt_project"


@pytest.fixture(scope="session")
def use_case() -> LabelledUseCase:
    return load_labelled_use_case("churn")


@pytest.fixture(scope="session")
def source(use_case: LabelledUseCase) -> Source:
    return load_source(use_case.source)


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What dbt understands of the project; parsing needs no server."""
    folder = tmp_path_factory.mktemp("parsed")
    environment = {"DATABRICKS_HOST": "http://127.0.0.1:1", "DATABRICKS_TOKEN": "not-used"}
    done = run_dbt(folder, environment, "parse")
    assert done.returncode == 0, done.stdout
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def run_dbt(
    folder: Path, environment: dict[str, str], *arguments: str, project: Path = PROJECT
) -> subprocess.CompletedProcess[str]:
    """dbt in a process of its own; its files go to `folder`."""
    places = {"project-dir": project, "profiles-dir": project, "target-path": folder, "log-path": folder}
    return subprocess.run(
        [
            Path(sys.executable).with_name("dbt"),
            "--no-use-colors",
            *arguments,
            *(str(part) for name, place in places.items() for part in (f"--{name}", place)),
        ],
        env=os.environ | dbt_environment() | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=540,
    )
