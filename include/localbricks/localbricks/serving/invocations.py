"""Requests as MLflow's scoring protocol says them, turned into tensors; answers turned back.

Source: https://mlflow.org/docs/latest/genai/serving/ and
https://docs.databricks.com/en/machine-learning/model-serving/score-custom-model-endpoints.html
"""

from collections.abc import Sequence
from math import isfinite
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from ..api_errors import ApiError, invalid
from ..jobs.requests.fields import Metadata, Strict, Unsupported

ROWS = "input-0"  # a matrix, in the order of the model's columns
FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
Cell = bool | int | float | None


class Split(Strict):
    """pandas' ``orient="split"``"""

    columns: Annotated[list[str], Field(min_length=1)]
    data: Annotated[list[list[Cell]], Field(min_length=1)]
    index: Metadata = None

    @model_validator(mode="after")
    def _even(self) -> Self:
        wide = len(self.columns)
        for place, row in enumerate(self.data):
            if len(row) != wide:
                raise ValueError(
                    f"data.{place} has {len(row)} values, expected one for each of {wide} columns"
                )
        return self


class Invocation(Strict):
    """One of four forms of a table; parameters of a language model are refused by name."""

    dataframe_split: Split | None = None
    dataframe_records: Annotated[list[dict[str, Cell]], Field(min_length=1)] | None = None
    instances: Annotated[list[Any], Field(min_length=1)] | None = None
    inputs: Annotated[list[Any] | dict[str, Any], Field(min_length=1)] | None = None
    client_request_id: Metadata = None
    usage_context: Metadata = None
    params: Unsupported = None
    stream: Unsupported = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [name for name in FORMS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"has {' and '.join(given) or 'no input'}; expected exactly one of {', '.join(FORMS)}"
            )
        return self

    def tensors(self) -> list[dict[str, Any]]:
        """A tensor for each column, or one for all of them. Raises ApiError for what is no table."""
        if self.dataframe_split is not None:
            columns = zip(*self.dataframe_split.data, strict=True)
            return _by_column(dict(zip(self.dataframe_split.columns, columns, strict=True)))
        if self.dataframe_records is not None:
            return _by_column(_columns("dataframe_records", self.dataframe_records))
        if self.instances is not None:
            return _of_list("instances", self.instances)
        assert self.inputs is not None
        return _by_column(self.inputs) if isinstance(self.inputs, dict) else _of_list("inputs", self.inputs)


def predictions(answer: dict[str, Any]) -> list[Any]:
    """A value for each row, or a list for each row."""
    output = answer["outputs"][0]
    values, shape = output["data"], output["shape"]
    if len(shape) == 1:
        return list(values)
    width = shape[1]
    return [values[start : start + width] for start in range(0, len(values), width)]


def _of_list(field: str, rows: list[Any]) -> list[dict[str, Any]]:
    if all(isinstance(row, dict) for row in rows):
        return _by_column(_columns(field, rows))
    if not all(isinstance(row, list) and len(row) == len(rows[0]) and row for row in rows):
        raise invalid(f"{field}: expected rows, each an object or each a list of as many values")
    flat = [_number(field, value) for row in rows for value in row]
    return [{"name": ROWS, "shape": [len(rows), len(rows[0])], "datatype": "FP64", "data": flat}]


def _columns(field: str, rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    names = list(rows[0])
    for place, row in enumerate(rows):
        if row.keys() != rows[0].keys():
            raise invalid(
                f"{field}.{place} has {', '.join(row)}; expected {', '.join(names)} as in the first row"
            )
    return {name: [row[name] for row in rows] for name in names}


def _by_column(columns: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        _tensor(name, list(values) if isinstance(values, list | tuple) else [values])
        for name, values in columns.items()
    ]


def _tensor(name: str, values: list[Any]) -> dict[str, Any]:
    datatype = _datatype(name, values)
    return {"name": name, "shape": [len(values)], "datatype": datatype, "data": values}


def _datatype(name: str, values: list[Any]) -> str:
    if all(isinstance(value, bool) for value in values):
        return "BOOL"
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return "INT64"
    for value in values:
        _number(name, value)
    return "FP64"


def _number(field: str, value: Any) -> Any:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)):
        return value
    raise ApiError(
        400, "BAD_REQUEST", f"{field}: {str(value)[:80]!r} is no number; expected numbers, or null"
    )
