"""A row is right, or says by name what is wrong."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgescorer.errors import RowError
from edgescorer.model import read_model
from edgescorer.rows import Reader, columns

GOOD = {"amount": 1.5, "hour": 3, "speed": None}
LARGEST = 3.4028234663852886e38
NUMBERS = st.floats(-LARGEST, LARGEST) | st.integers(-(10**30), 10**30)


@pytest.fixture
def reader(model: Path) -> Reader:
    return Reader(read_model(model).features, ["id"])


@pytest.mark.parametrize(
    ("change", "feature", "said"),
    [
        ({"amount": float("nan")}, "amount", "feature 'amount' is nan, expected a finite number"),
        ({"amount": float("inf")}, "amount", "feature 'amount' is inf"),
        ({"amount": 1e39}, "amount", "feature 'amount' is 1e+39"),
        ({"amount": 10**400}, "amount", "expected a finite number of single precision"),
        ({"amount": "12"}, "amount", "feature 'amount' is '12', expected a number"),
        ({"amount": [1]}, "amount", "feature 'amount' is [1], expected a number"),
        ({"amount": None}, "amount", "feature 'amount' has no value, and had one in all reference rows"),
        ({"colour": 1}, "colour", "'colour' is none of the model's features"),
        ({"id": [float("nan")]}, "id", "key 'id' is [nan], expected text or a finite number"),
    ],
)
def test_what_is_wrong_is_named(reader: Reader, change: dict[str, object], feature: str, said: str) -> None:
    row = reader.row(4, json.dumps({"id": 1, **GOOD, **change}).encode())

    assert row.error
    assert (row.number, row.error.feature) == (4, feature)
    assert said in str(row.error)


@pytest.mark.parametrize("name", ["id", "amount", "hour", "speed"])
def test_what_is_missing_is_named(reader: Reader, name: str) -> None:
    content = {"id": 1, **GOOD}
    del content[name]

    row = reader.row(1, json.dumps(content).encode())

    assert row.error
    assert row.error.feature == name
    assert str(row.error) == f"{name!r} is missing in the row"


@given(line=st.binary())
def test_no_line_raises(line: bytes) -> None:
    assert Reader((), []).row(1, line).error is not None or json.loads(line) == {}


def test_what_is_too_deep_is_an_error_of_the_row(reader: Reader) -> None:
    error = reader.row(1, b'{"amount":' + b"[" * 100_000).error

    assert "the row cannot be read" in str(error)


@given(amount=NUMBERS, hour=NUMBERS)
def test_numbers_come_through(amount: float, hour: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    from edgescorer.model import Distribution, Feature
    from edgescorer_testing import REFERENCE

    reference = Distribution(**{**REFERENCE, "edges": (), "counts": (1,)})  # type: ignore[arg-type]
    features = [Feature(name, False, reference) for name in ("amount", "hour")]
    line = json.dumps({"amount": amount, "hour": hour}).encode()

    assert Reader(features, []).row(1, line).values == (float(amount), float(hour))


def test_a_csv_has_numbers_by_its_header_and_keys_as_text(model: Path) -> None:
    header = columns(b"\xef\xbb\xbfid,speed,amount,hour\r\n")
    reader = Reader(read_model(model).features, ["id"], header)

    row = reader.row(2, b'007,,1.5,"3"\r\n')

    assert row.error is None
    assert row.keys == {"id": "007"}
    assert row.values[:2] == (1.5, 3.0)
    assert row.values[2] != row.values[2]
    assert "3 cells, the header has 4" in str(reader.row(3, b"1,2,3\n").error)
    assert "feature 'amount' is 'much'" in str(reader.row(3, b"1,2,much,3\n").error)


def test_a_header_with_a_name_twice_is_refused() -> None:
    with pytest.raises(RowError, match="the header has 'a' twice"):
        columns(b"a,b,a\n")
    with pytest.raises(RowError, match="the file has no header"):
        columns(b"")
