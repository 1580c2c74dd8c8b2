"""A smooth model bears noise; one that hangs on the last digit, or on every value being there, is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeloop.lifecycle.checks.stability import judge, loss, noisy, spread, without_some
from tests.include.lakeloop.lifecycle.checks.world import evidence, expected, honest, refused

GATE = {
    "stability": {
        "noise": {"share": 0.02, "loss": "<= 0.05", "rank_correlation": ">= 0.95"},
        "missing": {"share": 0.1, "loss": "<= 0.1", "rank_correlation": ">= 0.7"},
    }
}
KEYS = [
    f"gate.stability.{name}.{what}" for name in ("noise", "missing") for what in ("loss", "rank_correlation")
]


def by_visits(x: pd.DataFrame) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(2 * x["visits"].fillna(0) + 1)))


def by_the_last_digits(x: pd.DataFrame) -> np.ndarray:
    """As good as its figures, and chaos next to them: the visits' last digits decide as much as the visits."""
    return np.asarray(0.5 * by_visits(x) + 0.5 * ((x["visits"].fillna(0) * 1e4) % 1))


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_smooth_model_passes(task: str) -> None:
    found = judge(evidence(honest if task == "binary" else expected, GATE, task=task))

    assert [check.key for check in found] == KEYS
    assert refused(found) == []


def test_a_model_that_hangs_on_the_last_digits_is_refused() -> None:
    found = judge(evidence(by_the_last_digits, GATE))

    assert "gate.stability.noise.rank_correlation" in refused(found)
    assert "under noise of 0.02 predictions keep their order: rank correlation 0." in found[1].sentence
    assert "misses the limit >= 0.95" in found[1].sentence


def test_a_model_that_takes_a_missing_value_for_the_opposite_is_refused() -> None:
    gate = {"stability": {"noise": None, "missing": {"share": 0.3, "loss": "<= 0.1"}}}

    [check] = judge(evidence(lambda x: honest(x.fillna({"idle_days": 60})), gate))

    assert refused([check]) == ["gate.stability.missing.loss"]
    assert "under missing of 0.3 AUC goes from 0." in check.sentence


def test_by_default_only_noise_is_tried() -> None:
    assert [check.key for check in judge(evidence())] == KEYS[:2]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 0.5))
def test_noise_keeps_whole_numbers_whole_and_missing_ones_missing(seed: int, share: float) -> None:
    random = np.random.default_rng(seed)
    x = pd.DataFrame({"whole": random.integers(0, 50, 100), "real": random.normal(size=100)}, dtype="float64")
    x.loc[::7, "real"] = np.nan

    found = noisy(x, share, random)

    assert (found["whole"] == found["whole"].round()).all()
    assert found["real"].isna().equals(x["real"].isna())
    assert (found["real"] - x["real"]).std() == pytest.approx(
        share * spread(x["real"].dropna().to_numpy()), rel=0.5
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0.005, 0.01, 0.05]))
def test_noise_moves_whole_numbers_as_far_on_average_as_others_and_not_beyond_their_range(
    seed: int, share: float
) -> None:
    random = np.random.default_rng(seed)
    x = pd.DataFrame({"count": random.integers(0, 9, 20_000), "flag": random.integers(0, 2, 20_000)}) * 1.0

    found = noisy(x, share, np.random.default_rng(seed))

    moved = (found["count"] - x["count"]).abs().mean()
    assert moved == pytest.approx(0.8 * share * spread(x["count"].to_numpy()), rel=0.3)
    assert 0 < (found["flag"] != x["flag"]).mean() < share
    assert (found.min() >= x.min()).all()
    assert (found.max() <= x.max()).all()
    assert found.equals(noisy(x, share, np.random.default_rng(seed)))


def test_a_model_that_hangs_on_odd_and_even_days_is_refused() -> None:
    found = judge(evidence(lambda x: 0.5 * honest(x) + 0.5 * (x["idle_days"].to_numpy() % 2), GATE))

    assert "gate.stability.noise.rank_correlation" in refused(found)


def test_a_model_that_has_no_answer_to_noise_is_refused() -> None:
    gate = {"stability": {"noise": {"share": 0.02, "loss": "<= 0.5"}}}
    known = set(evidence().x["visits"])

    [check] = judge(evidence(lambda x: np.where(x["visits"].isin(known), honest(x), np.nan), gate))

    assert refused([check]) == ["gate.stability.noise.loss"]
    assert "is undefined" in check.sentence


def test_a_few_giants_do_not_make_the_spread() -> None:
    values = np.concatenate([np.random.default_rng(1).normal(size=1000), [1e6]])

    assert spread(values) == pytest.approx(1, abs=0.1)
    assert spread(np.array([0.0] * 90 + [1.0] * 10)) == pytest.approx(0.3)


def test_the_share_of_cells_goes_missing() -> None:
    x = pd.DataFrame(np.ones((500, 10)))

    assert without_some(x, 0.2, np.random.default_rng(1)).isna().to_numpy().mean() == pytest.approx(
        0.2, abs=0.02
    )


@pytest.mark.parametrize(
    ("metric", "before", "after", "lost"),
    [
        ("auc", 0.8, 0.72, 0.1),
        ("wape", 0.2, 0.25, 0.25),
        ("bias", -0.01, 0.03, 0.02),
        ("auc", 0.8, 0.88, -0.1),
    ],
)
def test_a_loss_is_a_share_of_the_figure_and_of_a_bias_the_change(metric, before, after, lost) -> None:  # type: ignore[no-untyped-def]
    assert loss(metric, before, after) == pytest.approx(lost)
