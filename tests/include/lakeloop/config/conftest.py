"""A source, a use case and a target as YAML files that a test may spoil."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakeloop.config.loading import SOURCES, TARGETS, USE_CASES

Write = Callable[[dict[str, Any]], Path]


def _content(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.fixture
def churn() -> dict[str, Any]:
    """The content of churn.yaml, to be changed at will."""
    return _content(USE_CASES / "churn.yaml")


@pytest.fixture
def retail() -> dict[str, Any]:
    """The content of retail.yaml, to be changed at will."""
    return _content(SOURCES / "retail.yaml")


@pytest.fixture
def targets() -> dict[str, Any]:
    """The content of targets.yaml, to be changed at will."""
    return _content(TARGETS)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a use case to ``<tmp>/churn.yaml`` and returns the folder."""
    return _writer(tmp_path / "churn.yaml")


@pytest.fixture
def write_source(tmp_path: Path) -> Write:
    """Writes a source to ``<tmp>/retail.yaml`` and returns the folder."""
    return _writer(tmp_path / "retail.yaml")


def _writer(file: Path) -> Write:
    def write(content: dict[str, Any]) -> Path:
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        return file.parent

    return write
