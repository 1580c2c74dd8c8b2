"""Intervals hold what they say where the questions of an entity are alike."""

import numpy as np
import pytest

from rankstream.evaluation import estimate


def test_the_true_mean_is_within_in_about_95_of_100() -> None:
    random = np.random.default_rng(1)
    entities = np.repeat(np.arange(80), 5)
    within = 0
    for seed in range(200):
        values = random.normal(size=80)[entities] + 0.1 * random.normal(size=400)
        found = estimate(values, entities, seed)
        within += found.low <= 0 <= found.high
    # 99.9 % of runs lie here if the truth is 0.94, which 80 entities give
    assert 178 <= within <= 199


def test_questions_without_a_value_do_not_count() -> None:
    assert estimate(np.array([1.0, np.nan, 1.0]), np.array(["a", "b", "c"]), 0) == (1.0, 1.0, 1.0)
    assert np.isnan(estimate(np.array([np.nan]), np.array(["a"]), 0).mean)


def test_an_entity_counts_by_its_questions() -> None:
    assert estimate(np.array([0.0, 1.0, 1.0]), np.array(["a", "b", "b"]), 0).mean == pytest.approx(2 / 3)
