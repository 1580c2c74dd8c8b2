"""The parts of an MLmodel file that serving needs.

Source: https://mlflow.org/docs/latest/ml/model/ (storage format). Read without MLflow: importing it takes seconds and
200 MB, and nothing else of it is needed.
"""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from ..errors import UnusableModelError


class XGBoostFlavor(Struct):
    """Which file holds the booster, and which class wrote it."""

    data: str
    model_class: str = "xgboost.core.Booster"


class OnnxFlavor(Struct):
    """Which file holds the graph."""

    data: str


class Flavors(Struct):
    """MLmodel's flavors; those that are served."""

    xgboost: XGBoostFlavor | None = None
    onnx: OnnxFlavor | None = None


class Signature(Struct):
    """Columns as JSON text, which MLflow puts into the YAML."""

    inputs: str | None = None


class ExampleInfo(Struct):
    """Where the input example lies."""

    artifact_path: str
    type: str
    pandas_orient: str | None = None


class MLmodel(Struct):
    """What MLmodel says."""

    flavors: Flavors
    signature: Signature | None = None
    saved_input_example_info: ExampleInfo | None = None
    metadata: dict[str, Any] | None = field(default=None)


def read_mlmodel(folder: Path) -> MLmodel:
    """The MLmodel file of a folder. Raises UnusableModelError when it is missing or cannot be read."""
    file = folder / "MLmodel"
    try:
        return msgspec.yaml.decode(file.read_bytes(), type=MLmodel)
    except OSError as error:
        raise UnusableModelError(f"{file}: {error.strerror}; expected a folder that MLflow wrote") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnusableModelError(f"{file} cannot be read: {' '.join(str(error).split())}") from None


def inside(folder: Path, name: str) -> Path:
    """A file that MLmodel names. Raises UnusableModelError when it does not lie in the folder."""
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise UnusableModelError(f"{folder / 'MLmodel'} names {name!r}, expected a file in that folder")
    return file
