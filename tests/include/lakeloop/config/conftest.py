"""A use case and a target as YAML files that a test may spoil."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakeloop.config.loading import TARGETS, USE_CASES

Write = Callable[[dict[str, Any]], Path]


@pytest.fixture
def churn() -> dict[str, Any]:
    """The content of churn.yaml, to be changed at will."""
    return yaml.safe_load((USE_CASES / "churn.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def targets() -> dict[str, Any]:
    """The content of targets.yaml, to be changed at will."""
    return yaml.safe_load(TARGETS.read_text(encoding="utf-8"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a use case to ``<tmp>/churn.yaml`` and returns the folder."""

    def inner(content: dict[str, Any]) -> Path:
        (tmp_path / "churn.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        return tmp_path

    return inner
