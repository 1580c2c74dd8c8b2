"""A model's files as bytes."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lakeloop.lifecycle.scoring import ModelTooLargeError, pack, packing


def test_the_same_files_pack_to_the_same_bytes(tmp_path: Path) -> None:
    for name in ("b/model.json", "MLmodel"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(name)
    first = pack(tmp_path)
    (tmp_path / "MLmodel").touch()

    assert pack(tmp_path) == first
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["MLmodel", "b/model.json"]


def test_a_model_too_large_for_a_closure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MAX_MODEL_BYTES", 2**20)
    (tmp_path / "model").write_bytes(np.random.default_rng(1).bytes(2**21))

    with pytest.raises(ModelTooLargeError, match="the model packs to 2 MiB, more than the 1"):
        pack(tmp_path)
