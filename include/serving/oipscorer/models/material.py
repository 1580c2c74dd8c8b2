"""All that a version is made of and verified by, read once: what was verified is what is served."""

from pathlib import Path

from msgspec import Struct

from ..errors import UnusableModelError
from ..protocol.features import Feature
from .example import answers_of, example_of
from .mlmodel import inside, read_mlmodel
from .signature import columns_of


class Material(Struct, frozen=True):
    """The model's bytes, the signature's columns, the example's rows and the recorded answers to them."""

    model: bytes
    model_class: str
    columns: tuple[Feature, ...]
    rows: list[list[float]]  # NaN where a value is missing
    answers: list[float]  # in row-major order
    answers_shape: tuple[int, ...]  # [rows] or [rows, classes]


def read_material(folder: Path) -> Material:
    """The material in a folder that MLflow wrote. Raises UnusableModelError."""
    mlmodel = read_mlmodel(folder)
    flavor = mlmodel.flavors.xgboost
    if flavor is None:
        raise UnusableModelError(
            f"{folder / 'MLmodel'} has no flavor 'xgboost', which is the only one served"
        )
    columns = columns_of(mlmodel)
    rows, answers = example_of(folder, mlmodel, columns), answers_of(mlmodel)
    model = inside(folder, flavor.data).read_bytes()
    return Material(
        model, flavor.model_class, columns, rows.tolist(), answers.ravel().tolist(), answers.shape
    )
