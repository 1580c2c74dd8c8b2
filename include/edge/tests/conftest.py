"""The model's folder."""

from pathlib import Path

import pytest

from edgescorer_testing import make_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_model(tmp_path / "model")
