"""The intervals hold at all looks at once, by simulation, and find what is there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeloop.lifecycle.rollout.bounds import evidence, lower, upper

RUNS, LOOKS, BATCH = 600, 60, 50


def _looks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum and count at each look, [runs, looks]."""
    totals = values.reshape(RUNS, LOOKS, BATCH).sum(axis=2).cumsum(axis=1)
    return totals, np.arange(1, LOOKS + 1) * BATCH


def _ever_above(values: np.ndarray, mean: float, alpha: float) -> float:
    """The share of runs of which some look shows a mean above `mean`."""
    return float((evidence(*_looks(values), mean) >= -np.log(alpha)).any(axis=1).mean())


@pytest.mark.parametrize("mean", [0.002, 0.01, 0.3])
def test_a_mean_at_the_limit_is_passed_in_few_runs_however_often_one_looks(mean: float) -> None:
    values = np.random.default_rng(1).random((RUNS, LOOKS * BATCH)) < mean

    assert _ever_above(values, mean, alpha=0.1) <= 0.1


def test_values_in_between_and_a_mean_that_drifts_below_the_limit_are_no_exception() -> None:
    random = np.random.default_rng(2)
    values = random.beta(0.5, 4.5, (RUNS, LOOKS * BATCH))  # mean 0.1
    drifting = np.linspace(0.05, 0.15, LOOKS * BATCH)

    assert _ever_above(values, 0.1, alpha=0.1) <= 0.1
    assert _ever_above(random.random((RUNS, LOOKS * BATCH)) < drifting, 0.15, alpha=0.1) <= 0.1


def test_looking_without_a_sequential_bound_would_pass_the_error_rate() -> None:
    """The control: a test at the usual level, repeated at each look, errs far more often than it says."""
    totals, counts = _looks(np.random.default_rng(3).random((RUNS, LOOKS * BATCH)) < 0.3)
    z = (totals / counts - 0.3) / np.sqrt(0.3 * 0.7 / counts)

    assert (z > 1.2816).any(axis=1).mean() > 0.3  # 10 %, one-sided


def test_a_mean_well_beyond_the_limit_is_found() -> None:
    values = np.random.default_rng(4).random((RUNS, LOOKS * BATCH)) < 0.025

    assert _ever_above(values, 0.01, alpha=0.01) > 0.9  # within 3,000 values


@given(st.integers(1, 100_000), st.floats(0, 1), st.floats(0.0001, 0.5))
def test_an_interval_holds_its_figure_and_grows_with_certainty(
    count: int, share: float, alpha: float
) -> None:
    total = share * count
    low, high = lower(total, count, alpha), upper(total, count, alpha)

    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1
    assert lower(total, count, alpha / 10) <= low + 1e-12


def test_of_nothing_nothing_is_known() -> None:
    assert (lower(0, 0, 0.05), upper(0, 0, 0.05)) == (0, 1)


def test_a_thousand_good_answers_bound_the_failures_near_the_rule_of_three() -> None:
    assert 3 / 1000 < upper(0, 1000, 0.05) < 10 / 1000
