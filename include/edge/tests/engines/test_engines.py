"""Both kinds of engine give the same sums."""

import struct
from math import nan
from pathlib import Path

import pytest

from edgescorer.engines import engine_of
from edgescorer.engines.compiled import build
from edgescorer.errors import ModelError
from edgescorer.model import read_model
from edgescorer_testing import make_model

ROWS = [(1.0, 2.0, 3.0), (4.0, 0.0, nan), (0.1, 0.2, 0.3)]
SUMS = [6.0, 2.0, 0.6]


@pytest.mark.parametrize("target", ["onnx", "c"])
def test_an_engine_scores_rows_in_single_precision(tmp_path: Path, target: str) -> None:
    model = read_model(make_model(tmp_path / target, target))
    if target == "c":
        build(model)

    scores = engine_of(model)(ROWS)

    assert scores == pytest.approx(SUMS, abs=1e-6)
    assert [struct.unpack("<f", struct.pack("<f", one))[0] for one in scores] == scores


def test_a_library_that_was_not_compiled_is_asked_for(tmp_path: Path) -> None:
    model = read_model(make_model(tmp_path / "c", "c"))

    with pytest.raises(ModelError, match="compile it on this machine: python -m edgescorer build"):
        engine_of(model)


def test_a_machine_without_a_compiler_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = read_model(make_model(tmp_path / "c", "c"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ModelError, match="no C compiler 'cc' on this machine"):
        build(model)


def test_what_the_compiler_says_is_passed_on(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "c", "c")
    (folder / "more.c").write_text("this is no C")

    with pytest.raises(ModelError, match=r"ended with status 1: .*more\.c"):
        build(read_model(folder))
    assert not (folder / "model.so").exists()


def test_only_c_is_compiled(model: Path) -> None:
    with pytest.raises(ModelError, match="is of target onnx, expected c"):
        build(read_model(model))


def test_an_unknown_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="target is 'java', expected onnx, onnx-int8 or c"):
        engine_of(read_model(make_model(tmp_path / "java", "java")))
