"""Which rows a version is compared on, and what is kept of them."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgescorer.drift import Counter
from edgescorer.model import Distribution
from lakeloop.config import load_use_case
from lakeloop_stack.edge.errors import ExportError
from lakeloop_stack.edge.reference import distribution, read_reference, reference_sql

VALUES = st.lists(st.none() | st.floats(-1e6, 1e6) | st.integers(0, 3), max_size=60)


def tags(**more: str) -> dict[str, str]:
    return {
        "data_versions": json.dumps({use_case().gold("training_set"): 12}),
        "trained_through": "2025-06-30",
        **more,
    }


def use_case() -> Any:
    return load_use_case("fraud")


def test_rows_are_of_the_version_that_trained_and_of_no_period_that_trained() -> None:
    said = reference_sql(use_case(), tags(), ["amount", "hour"])

    table = use_case().gold("training_set")
    assert said == (
        "SELECT CAST(`amount` AS DOUBLE) AS `amount`, CAST(`hour` AS DOUBLE) AS `hour` "
        f"FROM {table} VERSION AS OF 12 WHERE as_of > CAST('2025-06-30' AS DATE) "
        "ORDER BY xxhash64(transaction_id, as_of) LIMIT 20000"
    )


@pytest.mark.parametrize("lacks", ["data_versions", "trained_through"])
def test_a_version_that_does_not_say_what_it_was_trained_on_is_refused(lacks: str) -> None:
    known = tags()
    del known[lacks]

    with pytest.raises(ExportError, match="does not say what it was trained on"):
        reference_sql(use_case(), known, ["amount"])


def test_nulls_and_infinities_are_missing() -> None:
    rows = read_reference(lambda _: [{"a": 1}, {"a": None}, {"a": float("inf")}], use_case(), tags(), ["a"])

    assert np.array_equal(np.array(rows), np.array([[1], [np.nan], [np.nan]]), equal_nan=True)


def test_rows_that_are_gone_are_said_to_be() -> None:
    def gone(_: str) -> list[dict[str, Any]]:
        raise RuntimeError("[DELTA_VERSION_NOT_FOUND] no version 12")

    with pytest.raises(ExportError, match="the rows that the version was judged on are gone from Delta"):
        read_reference(gone, use_case(), tags(), ["a"])
    with pytest.raises(ExportError, match="no row is left to compare with"):
        read_reference(lambda _: [], use_case(), tags(), ["a"])


@given(values=VALUES)
def test_the_runner_counts_the_reference_as_the_export_did(values: list[float | None]) -> None:
    """Two hands, one with numpy and one without: the index of the reference against itself is 0."""
    column = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    told = distribution(column)
    reference = Distribution(
        tuple(told["edges"]), tuple(told["counts"]), told["missing"], told["lowest"], told["highest"]
    )
    counter = Counter(reference)

    for value in column.tolist():
        counter.see(value)

    assert counter.told() == {"bins": told["counts"], "missing": told["missing"], "below": 0, "above": 0}
    assert counter.psi() in (None, 0)
