"""From the folder of an XGBoost model to a folder that holds it as ONNX, too."""

import os
import shutil
import tempfile
from pathlib import Path

import msgspec

from ..errors import UnusableModelError
from ..models.engines.booster import load_booster, rounds_that_count
from ..models.material import read_material
from ..models.trial import try_apart
from ..models.verification import verified
from .graphs import graph_of
from .parity import Parity, require_parity

ONNX_FILE = "model.onnx"


def to_onnx(folder: Path, to: Path) -> Parity:
    """Writes `to`, whole or not at all: a copy of `folder` with a flavor ``onnx``, by which it is served from then on.

    The booster stays in it, for reason codes. Raises UnusableModelError where `folder` could not be served itself, its
    model cannot be converted, or does not answer as the booster does (see `require_parity`); FileExistsError for `to`.
    """
    if to.exists():
        raise FileExistsError(f"{to} is there already, expected a folder to be made")
    material = read_material(folder)
    if material.booster is None:
        raise UnusableModelError(f"{folder / 'MLmodel'} has no flavor 'xgboost', which is what is converted")
    try_apart(material)
    booster = load_booster(material.booster)
    rounds = rounds_that_count(booster, material.model_class)
    graph = graph_of(booster, rounds)
    parity = require_parity(graph, booster, rounds, material.rows)
    _write(folder, to, graph)
    return parity


def _write(folder: Path, to: Path, graph: bytes) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}-") as place:
        made = Path(shutil.copytree(folder, Path(place) / "model"))
        (made / ONNX_FILE).write_bytes(graph)
        _add_flavor(made / "MLmodel")
        verified(read_material(made))
        os.rename(made, to)


def _add_flavor(file: Path) -> None:
    """The booster stays MLflow's own `python_function`."""
    content = msgspec.yaml.decode(file.read_bytes())
    content["flavors"]["onnx"] = {"data": ONNX_FILE, "providers": ["CPUExecutionProvider"]}
    file.write_bytes(msgspec.yaml.encode(content))
