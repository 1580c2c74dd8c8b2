"""The features of a model, from the signature that MLflow recorded."""

import msgspec
from msgspec import Struct

from ..errors import UnusableModelError
from ..protocol.features import COLUMN_TYPES, Feature
from .mlmodel import MLmodel


class Column(Struct):
    """A column of a signature; one of a tensor signature has no name."""

    type: str
    name: str | None = None


def columns_of(mlmodel: MLmodel) -> tuple[Feature, ...]:
    """The input columns, in order. Raises UnusableModelError unless each has a name and a number's type."""
    if mlmodel.signature is None or mlmodel.signature.inputs is None:
        raise UnusableModelError("the model has no signature of its inputs; log it with an input example")
    try:
        columns = msgspec.json.decode(mlmodel.signature.inputs, type=list[Column])
    except msgspec.DecodeError as error:
        raise UnusableModelError(f"the signature's inputs cannot be read: {error}") from None
    return tuple(_feature(number, column) for number, column in enumerate(columns))


def _feature(number: int, column: Column) -> Feature:
    if column.name is None:
        raise UnusableModelError(
            f"input {number} of the signature has no name; log the model with a DataFrame"
        )
    if column.type not in COLUMN_TYPES:
        expected = ", ".join(COLUMN_TYPES)
        said = (
            f"input {column.name!r} of the signature is of type {column.type!r}, expected one of {expected}"
        )
        raise UnusableModelError(said)
    return Feature(column.name, *COLUMN_TYPES[column.type])
