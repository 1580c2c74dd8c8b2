"""What reviews save: against an oracle that looks at the rows one after the other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lakeloop.config.use_case.gate import Review
from lakeloop.lifecycle.evaluation.metrics import evaluate, samples, value
from lakeloop.lifecycle.evaluation.review import Stakes, saved, stakes_of
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case

ROWS = 30


def looked_at(y: np.ndarray, amounts: np.ndarray, scores: np.ndarray, review: Review) -> float:
    """Row by row from the highest score on, until the budget is spent; equal scores share what is left."""
    left, net = review.budget * len(y), 0.0
    for score in sorted(set(scores), reverse=True):
        tied = scores == score
        part = min(1.0, max(0.0, left / tied.sum()))
        net += part * ((y * amounts)[tied].sum() - review.cost * tied.sum())
        left -= tied.sum()
    return net / (y * amounts).sum()


@settings(deadline=None)
@given(
    seed=st.integers(0, 10_000),
    budget=st.floats(0.01, 1),
    cost=st.floats(0, 20),
    levels=st.integers(1, 40),
)
def test_it_is_what_looking_row_by_row_saves(seed: int, budget: float, cost: float, levels: int) -> None:
    random = np.random.default_rng(seed)
    y, amounts = random.integers(0, 2, ROWS), random.uniform(1, 100, ROWS)
    y[0] = 1
    scores = random.integers(0, levels, ROWS) / levels
    review = Review(amount="price", budget=budget, cost=cost)

    found = value("saved", y.astype(float), scores, Stakes(amounts, review))

    assert found == pytest.approx(looked_at(y, amounts, scores, review))


@settings(deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_sample_counts_as_its_rows_written_out(seed: int) -> None:
    random = np.random.default_rng(seed)
    y, amounts, scores = random.integers(0, 2, ROWS), random.uniform(1, 100, ROWS), random.uniform(size=ROWS)
    units, counts = np.arange(ROWS) % 10, random.integers(0, 3, (4, 10))
    review = Review(amount="price", budget=0.2, cost=3.0)

    found = samples("saved", y.astype(float), scores, units, counts, Stakes(amounts, review))

    for sample, times in zip(found, counts, strict=True):
        drawn = np.repeat(np.arange(ROWS), times[units])
        if not (y[drawn]).sum():
            assert np.isnan(sample)
            continue
        assert sample == pytest.approx(looked_at(y[drawn], amounts[drawn], scores[drawn], review))


def test_perfect_reviews_for_nothing_save_everything() -> None:
    y = np.array([1.0, 0.0, 1.0, 0.0])
    stakes = Stakes(np.array([10.0, 500.0, 30.0, 1.0]), Review(amount="price", budget=0.5))

    assert evaluate("binary", y, y, stakes).values["saved"] == pytest.approx(1.0)
    assert (
        saved(stakes, np.zeros(4), y, np.zeros(4, dtype=int), np.ones((1, 1)))[0] != 0
    )  # nothing to save: NaN


def test_without_anything_at_stake_there_is_no_such_figure() -> None:
    y = np.array([1.0, 0.0])

    assert "saved" not in evaluate("binary", y, y).values
    with pytest.raises(ValueError, match="saved needs to know what the rows are worth"):
        value("saved", y, y)
    assert stakes_of(use_case(BINARY), None) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"floors": {"saved": ">= 0.5"}}, r"gate\.floors: saved needs gate\.review"),
        (
            {"compare_by": "saved", "review": {"amount": "price", "budget": 0.1}},
            r"gate\.compare_by: saved is a floor only",
        ),
        ({"review": {"amount": "price", "budget": 1.5}}, r"gate\.review\.budget\s.*less than or equal to 1"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        use_case(BINARY, gate={**BINARY["gate"], **changes})
