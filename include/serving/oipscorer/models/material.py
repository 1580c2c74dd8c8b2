"""All that a version is made of and verified by, read once: what was verified is what is served."""

from pathlib import Path

from msgspec import Struct

from ..errors import UnusableModelError
from ..protocol.features import Feature
from .example import answers_of, example_of
from .mlmodel import inside, read_mlmodel
from .signature import columns_of


class Material(Struct, frozen=True, kw_only=True):
    """The models' bytes, the signature's columns, the example's rows and the recorded answers to them."""

    booster: bytes | None = None
    onnx: bytes | None = None  # scores where both are there
    model_class: str
    columns: tuple[Feature, ...]
    rows: list[list[float]]  # NaN where a value is missing
    answers: list[float]  # in row-major order
    answers_shape: tuple[int, ...]  # [rows] or [rows, classes]


def read_material(folder: Path) -> Material:
    """The material in a folder that MLflow wrote. Raises UnusableModelError."""
    mlmodel = read_mlmodel(folder)
    xgboost, onnx = mlmodel.flavors.xgboost, mlmodel.flavors.onnx
    if xgboost is None and onnx is None:
        raise UnusableModelError(
            f"{folder / 'MLmodel'} has no flavor 'xgboost' or 'onnx', which are the ones served"
        )
    columns = columns_of(mlmodel)
    rows, answers = example_of(folder, mlmodel, columns), answers_of(mlmodel)
    return Material(
        booster=inside(folder, xgboost.data).read_bytes() if xgboost else None,
        onnx=inside(folder, onnx.data).read_bytes() if onnx else None,
        model_class=xgboost.model_class if xgboost else "",
        columns=columns,
        rows=rows.tolist(),
        answers=answers.ravel().tolist(),
        answers_shape=answers.shape,
    )
