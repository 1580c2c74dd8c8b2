"""The disparities are Fairlearn's, on all rows and on every resample."""

import numpy as np
import pytest
from fairlearn import metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeloop.config.use_case.fairness import LIMITS
from lakeloop.config.use_case.gate import Bootstrap
from lakeloop.lifecycle.checks.fairness.figures import rates
from lakeloop.lifecycle.evaluation.bootstrap import draw
from lakeloop.lifecycle.evaluation.rows import Units

THEIRS = {name: getattr(metrics, name) for name in LIMITS}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_they_agree_with_fairlearn(seed: int, number: int) -> None:
    random = np.random.default_rng(seed)
    units = np.repeat(np.arange(80), 6)
    groups = random.integers(number, size=80)[units]
    groups[:number] = np.arange(number)
    y, decided = ((random.random(480) < share).astype(float) for share in (0.4, 0.3))
    counts = np.vstack(
        [np.ones(80), draw(Units(units, 80, "entities"), Bootstrap(resamples=100, seed=seed))[:5]]
    )

    ours = rates(y, decided, groups, units, counts).disparities()

    for place, sample in enumerate(counts):
        times = sample[units].astype("int64")
        drawn = [np.repeat(values, times) for values in (y, decided, groups)]
        if len(np.unique(drawn[2])) < number or np.isnan([ours[name][place] for name in LIMITS]).any():
            continue
        for name in LIMITS:
            assert ours[name][place] == pytest.approx(
                THEIRS[name](drawn[0], drawn[1], sensitive_features=drawn[2])
            )


def test_a_group_that_lacks_a_class_has_no_odds() -> None:
    y, decided, groups = np.array([1.0, 0, 0, 0]), np.array([1.0, 0, 1, 0]), np.array([0, 0, 1, 1])

    found = rates(y, decided, groups, np.arange(4), np.ones((1, 4))).disparities()

    assert found["demographic_parity_difference"] == 0
    assert np.isnan(found["equalized_odds_difference"])
