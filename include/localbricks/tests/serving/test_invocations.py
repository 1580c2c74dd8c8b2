"""Four forms of one table make the same tensors; predictions come back row by row."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from localbricks.api_errors import ApiError
from localbricks.serving.invocations import Invocation, predictions

NUMBERS = st.one_of(st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False), st.none())
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(NUMBERS, min_size=width, max_size=width), min_size=1, max_size=5)
)


def tensors(**body: Any) -> list[dict[str, Any]]:
    return Invocation.model_validate(body).tensors()


@given(TABLES)
def test_all_forms_with_names_say_the_same(rows: list[list[Any]]) -> None:
    names = [f"c{place}" for place in range(len(rows[0]))]
    records = [dict(zip(names, row, strict=True)) for row in rows]
    columns = {name: [record[name] for record in records] for name in names}
    first = tensors(dataframe_split={"columns": names, "data": rows})
    assert first == tensors(dataframe_records=records)
    assert first == tensors(instances=records)
    assert first == tensors(inputs=columns)
    assert [one["data"] for one in first] == list(columns.values())
    assert {tuple(one["shape"]) for one in first} == {(len(rows),)}


@given(TABLES)
def test_rows_without_names_are_one_matrix(rows: list[list[Any]]) -> None:
    (matrix,) = tensors(instances=rows)
    assert matrix == tensors(inputs=rows)[0]
    assert matrix["shape"] == [len(rows), len(rows[0])]
    assert matrix["data"] == [value for row in rows for value in row]


@pytest.mark.parametrize(
    ("values", "datatype"),
    [([True, False], "BOOL"), ([1, 2], "INT64"), ([1, 2.5], "FP64"), ([1, None], "FP64"), ([None], "FP64")],
)
def test_a_column_has_the_type_of_its_values(values: list[Any], datatype: str) -> None:
    assert tensors(inputs={"a": values})[0]["datatype"] == datatype


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "has no input; expected exactly one of"),
        ({"instances": [[1]], "inputs": [[1]]}, "has instances and inputs"),
        (
            {"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}},
            "data.0 has 2 values, expected one for each",
        ),
        ({"dataframe_records": []}, "dataframe_records"),
        ({"instances": [[1]], "stream": True}, "not supported by the local workspace"),
        ({"messages": []}, "Extra inputs"),
    ],
)
def test_what_is_no_table_is_refused(body: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Invocation.model_validate(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"instances": [[1.0], [1.0, 2.0]]}, "instances: expected rows"),
        ({"instances": ["a"]}, "instances: expected rows"),
        ({"instances": [["much"]]}, "'much' is no number"),
        ({"inputs": {"a": [1.0, True]}}, "a: 'True' is no number"),
        ({"instances": [[float("nan")]]}, "'nan' is no number"),
        (
            {"dataframe_records": [{"a": 1}, {"b": 1}]},
            "dataframe_records.1 has b; expected a as in the first row",
        ),
    ],
)
def test_values_that_nothing_can_score_are_named(body: dict[str, Any], said: str) -> None:
    with pytest.raises(ApiError, match=said):
        tensors(**body)


def test_predictions_have_a_value_or_a_list_for_each_row() -> None:
    assert predictions({"outputs": [{"shape": [2], "data": [0.1, 0.2]}]}) == [0.1, 0.2]
    several = {"outputs": [{"shape": [2, 3], "data": [1, 2, 3, 4, 5, 6]}]}
    assert predictions(several) == [[1, 2, 3], [4, 5, 6]]
