"""A version as a folder, which scores where nothing else is."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from edgescorer.engines import engine_of
from edgescorer.errors import ModelError
from edgescorer.model import read_model
from lakeloop_stack.edge import export as export_module
from lakeloop_stack.edge.errors import ExportError
from lakeloop_stack.edge.export import export
from lakeloop_stack.edge.targets import ONNX, ONNX_INT8, TARGETS, C, made
from lakeloop_stack.edge.version import Original, Version, version_in
from tests.include.stack.edge.conftest import FEATURES, payments

NEEDED = {C: (), ONNX: ("numpy", "onnxruntime"), ONNX_INT8: ("numpy", "onnxruntime")}


@pytest.fixture(scope="module", params=TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def exported(
    version: Version, target: str, reference: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("exported") / target
    return folder, export(version, target, reference, folder)


def alone(
    folder: Path, packages: tuple[str, ...], tmp_path: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Runs the folder's runner without this environment's packages, but for those named."""
    beside = tmp_path / "packages"
    beside.mkdir(exist_ok=True)
    for name in packages:
        found = find_spec(name)
        assert found
        assert found.submodule_search_locations
        place = Path(found.submodule_search_locations[0])
        for one in (place, place.with_name(f"{name}.libs")):
            if one.exists() and not (beside / one.name).exists():
                (beside / one.name).symlink_to(one)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(beside)}
    command = [sys.executable, "-S", "-m", "edgescorer", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_folder_scores_where_only_its_engine_is(
    exported: tuple[Path, dict[str, Any]], target: str, version: Version, tmp_path: Path
) -> None:
    folder = tmp_path / "carried away"
    shutil.copytree(exported[0], folder)
    rows = payments(300, seed=8)
    frame = pd.DataFrame(rows, columns=FEATURES).assign(payment=[f"p{number}" for number in range(300)])
    frame.to_json(folder / "rows.jsonl", orient="records", lines=True, double_precision=15)

    done = alone(
        folder, NEEDED[target], tmp_path, "run", "--model", ".", "--key", "payment",
        "--in", "rows.jsonl", "--out", "scores.jsonl", "--log", "var",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in (folder / "scores.jsonl").read_text().splitlines()]
    assert [one["keys"]["payment"] for one in told] == frame["payment"].tolist()
    apart = np.abs([one["score"] for one in told] - Original(version)(rows))
    assert apart.max() < (0.02 if target == ONNX_INT8 else 2e-6)


def test_the_report_tells_answers_size_and_time_of_both(
    exported: tuple[Path, dict[str, Any]], target: str
) -> None:
    folder, report = exported
    assert json.loads((folder / "report.json").read_text()) == report
    assert {name: one["rows"] for name, one in report["parity"].items()} == {
        "reference": 3_000,
        "example": 5,
        "thresholds": 2_000,
    }
    reference = report["parity"]["reference"]
    if target == ONNX_INT8:
        assert 0 < reference["mean_difference"] < 0.002
        assert reference["rank_correlation"] > 0.99
        assert report["merged_thresholds"] == 0
    else:
        assert reference["largest_difference"] < 2e-6
        assert reference["rank_correlation"] > 0.999999
    for side in ("original", "exported"):
        assert 0 < report["speed"][side]["median_us"] <= report["speed"][side]["p99_us"]
        assert report["speed"][side]["rows_per_second"] > 0
    file = folder / ("model.so" if target == C else "model.onnx")
    assert report["bytes"]["exported"] == file.stat().st_size


def test_int8_is_smaller_than_onnx(version: Version) -> None:
    assert (
        len(made(version, ONNX_INT8).files["model.onnx"]) < len(made(version, ONNX).files["model.onnx"]) / 3
    )


def test_a_folder_that_is_there_is_left_alone(
    version: Version, reference: np.ndarray, tmp_path: Path
) -> None:
    to = tmp_path / "here"
    to.mkdir()
    (to / "mine").write_text("mine")

    with pytest.raises(
        ExportError, match="is there already; name another with --to, or replace it with --force"
    ):
        export(version, ONNX, reference, to)

    assert [file.name for file in to.iterdir()] == ["mine"]
    export(version, ONNX, reference, to, force=True)
    assert (to / "model.json").exists()
    assert not (to / "mine").exists()
    assert [file.name for file in tmp_path.iterdir()] == ["here"]


def test_an_export_that_fails_leaves_nothing(
    version: Version, reference: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine answers for other trees: what a converter that drops a tree would do."""
    fewer = replace(version, rounds=40)
    monkeypatch.setattr(export_module, "Original", lambda _: Original(version))

    with pytest.raises(ExportError, match=r"as onnx it answers \d+ of 3000 rows \(reference\) otherwise"):
        export(fewer, ONNX, reference, tmp_path / "folder")

    assert not list(tmp_path.iterdir())


def test_a_model_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    x = np.nan_to_num(payments(100, seed=1))
    mlflow.sklearn.save_model(LogisticRegression().fit(x, x[:, 0] > 20), tmp_path / "m", pip_requirements=[])

    with pytest.raises(ExportError, match=r"version 3 of linear \(flavors: .*sklearn.*\) cannot be exported"):
        version_in(tmp_path / "m", "linear", "3", "run")


def test_a_changed_file_is_refused(
    exported: tuple[Path, dict[str, Any]], target: str, tmp_path: Path
) -> None:
    folder = shutil.copytree(exported[0], tmp_path / "copy")
    with (folder / ("model.c" if target == C else "model.onnx")).open("ab") as file:
        file.write(b"\n")

    with pytest.raises(ModelError, match=r"has the sha256 \w+, expected \w+: the file is not the one"):
        read_model(folder)


def test_a_library_of_another_model_is_refused(
    version: Version, reference: np.ndarray, tmp_path: Path
) -> None:
    export(version, C, reference[:50], tmp_path / "one")
    other = replace(read_model(tmp_path / "one"), digest="0" * 64)

    with pytest.raises(ModelError, match="is made of a model with the sha256"):
        engine_of(other)
