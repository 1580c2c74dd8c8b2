"""Counters add up, and the index is what its formula says."""

from math import log, nan
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgescorer.drift import Counter, Counters, stability
from edgescorer.model import Distribution, Model, read_model
from edgescorer.rows import Row

HISTOGRAM = st.lists(st.integers(0, 1_000), min_size=4, max_size=4)
VALUES = st.floats(-5, 15) | st.just(nan)
ROWS = st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=30)


@given(now=HISTOGRAM, then=HISTOGRAM)
def test_the_index_is_never_negative_and_zero_for_the_same(now: list[int], then: list[int]) -> None:
    assert stability(now, then) >= 0
    assert stability(now, now) == 0
    assert stability(now, then) == pytest.approx(stability(then, now))


def test_the_index_is_the_formulas() -> None:
    """With thousands of rows the halves do not show."""
    wanted = (0.8 - 0.5) * log(0.8 / 0.5) + (0.2 - 0.5) * log(0.2 / 0.5)

    assert stability([80_000, 20_000], [50_000, 50_000]) == pytest.approx(wanted, rel=1e-4)


def test_a_value_belongs_to_the_bin_whose_lower_edge_it_reaches() -> None:
    counter = Counter(Distribution((1.0, 2.0), (1, 1, 1), 0, 0.0, 9.0))

    for value in (-1, 0.5, 1, 1.5, 2, 9, 9.5, nan):
        counter.see(value)

    assert counter.told() == {"bins": [2, 2, 3], "missing": 1, "below": 1, "above": 1}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=ROWS, second=ROWS)
def test_parts_add_up_to_the_whole(
    model: Path, first: list[tuple[float, ...]], second: list[tuple[float, ...]]
) -> None:
    loaded = read_model(model)
    whole, sum_of_parts = Counters(loaded), Counters(loaded)
    for part in (first, second):
        sum_of_parts.add(_counted(loaded, part).told())
        for values in part:
            whole.scored(Row(1, {}, values), values[0])

    assert sum_of_parts.with_psi() == whole.with_psi()


def _counted(model: Model, rows: list[tuple[float, ...]]) -> Counters:
    counters = Counters(model)
    for values in rows:
        counters.scored(Row(1, {}, values), values[0])
    return counters
