"""What a model asks for: its columns by name, and which tensors may fill them."""

from msgspec import Struct

from .datatypes import BOOLEANS, FLOATS, INTEGERS

# MLflow's column types. An integer fits a column of floats; a float does not fit a column of integers.
COLUMN_TYPES = {
    "double": ("FP64", FLOATS | INTEGERS),
    "float": ("FP32", FLOATS | INTEGERS),
    "long": ("INT64", INTEGERS),
    "integer": ("INT32", INTEGERS),
    "boolean": ("BOOL", BOOLEANS),
}


class Feature(Struct, frozen=True):
    """A column: the datatype that metadata names, and all that it takes."""

    name: str
    datatype: str
    accepted: frozenset[str]


class Features:
    """The columns of a model in the order of its matrix, of which `missing` says whether values may be missing."""

    def __init__(self, columns: tuple[Feature, ...], missing: bool) -> None:
        self.columns, self.missing = columns, missing
        self.names = tuple(column.name for column in columns)
        self.position = {name: number for number, name in enumerate(self.names)}
