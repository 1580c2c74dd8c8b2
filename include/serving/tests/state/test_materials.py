"""What a state keeps of a version is what was verified, or is refused by its name."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import xgboost as xgb

from oipscorer.errors import UnusableModelError
from oipscorer.models.material import Material, read_material
from oipscorer.state.folder import StateFolder
from oipscorer.state.materials import Materials
from oipscorer_testing.models import expected, frame

ROWS = frame(5)


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path)


@pytest.fixture
def material(folders: Path, boosters: dict[str, xgb.Booster]) -> Material:
    return read_material(folders / "churn-1")


def kept(state: StateFolder, content: Any) -> str:
    """The digest of what another release wrote."""
    written = msgspec.msgpack.encode(content)
    digest = sha256(written).hexdigest()
    (state.materials / digest).write_bytes(written)
    return digest


def test_a_material_from_before_there_was_onnx_is_served(
    state: StateFolder, material: Material, booster: xgb.Booster
) -> None:
    content = msgspec.to_builtins(material, builtin_types=(bytes,))
    del content["onnx"]

    version = Materials(state).load(("churn", "1", kept(state, content), False))

    assert np.array_equal(version.score(ROWS.to_numpy("float32")), expected(booster, ROWS))


def test_a_material_of_another_form_is_refused(state: StateFolder) -> None:
    digest = kept(state, {"trees": []})

    with pytest.raises(UnusableModelError, match="was written by another release of the scorer") as error:
        Materials(state).load(("churn", "1", digest, False))
    assert digest in str(error.value)


def test_a_material_that_is_damaged_or_gone_is_refused(state: StateFolder, material: Material) -> None:
    materials = Materials(state)
    digest = materials.add(material)
    file = state.materials / digest
    file.write_bytes(file.read_bytes()[:-1] + b"x")

    with pytest.raises(UnusableModelError, match="is damaged; load the version again"):
        materials.load(("churn", "1", digest, False))
    file.unlink()
    with pytest.raises(UnusableModelError, match="No such file or directory; load the version again"):
        materials.load(("churn", "1", digest, False))
