"""An interval that covers what it promises, never calls equal models different, and agrees with the plain loop."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from lakeloop.config.use_case.gate import BINARY, REGRESSION, Bootstrap, Metric, Review
from lakeloop.lifecycle.evaluation import sums
from lakeloop.lifecycle.evaluation.bootstrap import (
    Interval,
    differences,
    draw,
    interval,
    verdict,
    widest_gap,
)
from lakeloop.lifecycle.evaluation.review import Stakes
from lakeloop.lifecycle.evaluation.rows import ScoredRows, Units
from lakeloop.lifecycle.evaluation.sums import summed

SMALL = Bootstrap(resamples=200)


def rows_of(task: str, seed: int, entities: int = 60, each: int = 5, lift: float = 0.5) -> ScoredRows:
    """Entities with rows that are alike; contender ``a`` knows a little more than ``b``."""
    random = np.random.default_rng(seed)
    units = np.repeat(np.arange(entities), each)
    own = random.normal(size=entities)[units]
    y = own + random.normal(size=len(units))
    guesses = {
        name: y * weight + random.normal(size=len(units)) for name, weight in (("a", lift), ("b", 0.5))
    }
    if task == "binary":
        y = (y > 0).astype("float64")
        guesses = {name: 1 / (1 + np.exp(-guess)) for name, guess in guesses.items()}
    stakes = Stakes(1 + np.arange(len(y)) % 7, Review(amount="price", budget=0.2, cost=0.5))
    return ScoredRows(
        task,
        y,
        guesses | {"same as a": guesses["a"]},
        Units(units, entities, "entities"),
        stakes if task == "binary" else None,
    )


@pytest.mark.parametrize("metric", [*BINARY, *REGRESSION])
def test_equal_models_are_never_better_nor_worse(metric: Metric) -> None:
    rows = rows_of("binary" if metric in BINARY else "regression", seed=1)

    found = differences(rows, metric, "a", ["same as a"], SMALL)["same as a"]

    assert (found.value, found.low, found.high) == (0, 0, 0)
    assert verdict(found, 0.0) == "not distinguishable"


@pytest.mark.parametrize("metric", [*BINARY, *REGRESSION])
def test_who_is_asked_first_only_turns_the_sign(metric: Metric) -> None:
    rows = rows_of("binary" if metric in BINARY else "regression", seed=2)

    one = differences(rows, metric, "a", ["b"], SMALL)["b"]
    other = differences(rows, metric, "b", ["a"], SMALL)["a"]

    assert [one.value, one.low, one.high] == pytest.approx([-other.value, -other.high, -other.low])


def test_the_seed_decides_and_nothing_else_does() -> None:
    rows = rows_of("binary", seed=3)
    alone = differences(rows, "auc", "a", ["b"], SMALL)
    together = differences(rows, "auc", "a", ["same as a", "b"], SMALL)
    other_seed = differences(rows, "auc", "a", ["b"], Bootstrap(resamples=200, seed=18))

    assert alone["b"] == together["b"]
    assert alone["b"] != other_seed["b"]


@pytest.mark.parametrize(
    ("metric", "plain"), [("auc", roc_auc_score), ("average_precision", average_precision_score)]
)
def test_it_agrees_with_writing_every_resample_out(metric: Metric, plain: object) -> None:
    rows = rows_of("binary", seed=4)
    counts = draw(rows.units, SMALL)
    values = []
    for sample in counts.astype("int64"):
        times = sample[rows.units.codes]
        y = np.repeat(rows.y, times)
        a, b = (plain(y, np.repeat(rows.predictions[name], times)) for name in "ab")  # type: ignore[operator]
        values.append(a - b)

    found = differences(rows, metric, "a", ["b"], SMALL)["b"]

    assert [found.low, found.high] == pytest.approx(list(np.quantile(values, [0.025, 0.975])))


def test_a_draw_takes_as_many_units_as_there_are() -> None:
    counts = draw(Units(np.zeros(0), 40, "entities"), SMALL)

    assert counts.shape == (200, 40)
    assert set(counts.sum(axis=1)) == {40}
    assert counts.mean() == pytest.approx(1, abs=0.01)


def test_a_draw_takes_little_more_memory_than_its_counts() -> None:
    units, bootstrap = Units(np.zeros(0), 20_000, "entities"), Bootstrap(resamples=300)
    tracemalloc.start()
    counts = draw(units, bootstrap)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.2 * counts.nbytes


def test_sums_are_the_same_some_samples_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    by_unit = np.arange(120.0).reshape(40, 3)
    counts = draw(Units(np.zeros(0), 40, "entities"), SMALL)
    monkeypatch.setattr(sums, "CELLS", 7 * 40)
    assert summed(counts, by_unit).tolist() == (counts @ by_unit).tolist()


def test_an_entity_is_drawn_with_all_its_rows() -> None:
    """Ten copies of each row tell nothing new, so that the interval must not narrow."""
    once = rows_of("regression", seed=5, entities=40, each=1)
    copies = {name: np.repeat(values, 10) for name, values in once.predictions.items()}
    ten_times = ScoredRows(
        "regression", np.repeat(once.y, 10), copies, Units(np.repeat(once.units.codes, 10), 40, "entities")
    )

    one, ten = (differences(rows, "mae", "a", ["b"], SMALL)["b"] for rows in (once, ten_times))

    assert [ten.value, ten.low, ten.high] == pytest.approx([one.value, one.low, one.high])


def test_the_interval_covers_the_truth_as_often_as_it_promises() -> None:
    """Mean absolute errors of two equally good models: the true difference is 0 in every one of 300 worlds."""
    random, covered = np.random.default_rng(6), 0
    units = Units(np.repeat(np.arange(80), 4), 80, "entities")
    for _ in range(300):
        shared = {
            name: random.normal(size=80)[units.codes] for name in "ab"
        }  # errors of one entity are alike
        predictions = {name: error + random.normal(size=320) for name, error in shared.items()}
        rows = ScoredRows("regression", np.zeros(320), predictions, units)
        found = differences(rows, "mae", "a", ["b"], SMALL)["b"]
        covered += found.low <= 0 <= found.high

    assert 0.90 <= covered / 300 <= 0.98


def test_a_clear_lead_is_better_and_its_mirror_is_worse() -> None:
    rows = rows_of("binary", seed=7, entities=200, lift=3.0)

    assert verdict(differences(rows, "auc", "a", ["b"], SMALL)["b"], 0.0) == "better"
    assert verdict(differences(rows, "auc", "b", ["a"], SMALL)["a"], 0.0) == "worse"


@pytest.mark.parametrize(
    ("margin", "said"), [(0.0, "better"), (0.05, "not distinguishable"), (0.2, "worse"), (-0.1, "better")]
)
def test_the_margin_is_what_the_lead_is_measured_against(margin: float, said: str) -> None:
    assert verdict(Interval(0.06, 0.02, 0.10), margin) == said


def test_a_metric_that_most_resamples_lack_is_undefined() -> None:
    """One entity alone has class 1: every third resample is without it."""
    y = np.r_[1.0, np.zeros(19)]
    rows = ScoredRows("binary", y, {"a": y, "b": 1 - y}, Units(np.arange(20), 20, "entities"))

    found = differences(rows, "auc", "a", ["b"], SMALL)["b"]

    assert (found.value, verdict(found, 0.0)) == (1.0, "undefined")


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = rows_of("binary", seed=8)
    order = np.random.default_rng(1).permutation(len(rows))
    shuffled = ScoredRows(
        "binary",
        rows.y[order],
        {name: values[order] for name, values in rows.predictions.items()},
        Units(rows.units.codes[order], rows.units.count, "entities"),
    )

    one, other = (
        pd.Series(vars(differences(some, "auc", "a", ["b"], SMALL)["b"])) for some in (rows, shuffled)
    )

    assert one.to_list() == pytest.approx(other.to_list())


def beyond_in_worlds(shift: float, limit: float, worlds: int = 150) -> float:
    """The share of worlds in which the calibration error of 180 rows lies wholly above `limit`.

    `shift`: by how much the true probability is above the predicted one.
    """
    random, units, times = np.random.default_rng(9), Units(np.arange(180), 180, "entities"), 0
    for _ in range(worlds):
        p = 1 / (1 + np.exp(-random.normal(-1, 1.2, 180)))
        y = (random.random(180) < p + shift).astype("float64")
        rows = ScoredRows("binary", y, {"a": p}, units)
        found = interval(rows, "ece", "a", draw(units, SMALL), 0.95)
        assert 0 <= found.low <= found.high
        times += found.low > limit
    return times / worlds


def test_the_calibration_error_of_a_small_calibrated_slice_is_seldom_beyond_its_limit() -> None:
    assert beyond_in_worlds(shift=0.0, limit=0.05) <= 0.05


def test_a_small_slice_that_is_surely_miscalibrated_lies_beyond() -> None:
    assert beyond_in_worlds(shift=0.2, limit=0.05) >= 0.9


def test_the_lead_of_a_calibrated_model_is_not_eaten_by_the_noise_of_the_resamples() -> None:
    """Of two models one is off by 0.1. The basic interval takes off most of the noise; the percentile interval of the
    resamples holds the true lead in none of these worlds."""
    random, covered, units = np.random.default_rng(10), 0, Units(np.arange(1000), 1000, "entities")
    for _ in range(150):
        p = random.uniform(0.0, 0.9, 1000)
        y = (random.random(1000) < p).astype("float64")
        rows = ScoredRows("binary", y, {"a": p, "b": p + 0.1}, units)
        found = differences(rows, "ece", "a", ["b"], SMALL)["b"]
        covered += found.low <= 0.1 <= found.high

    assert covered / 150 >= 0.7


@pytest.mark.parametrize(("number", "size"), [(2, 300), (10, 100)])
def test_the_widest_gap_covers_the_truth_whatever_the_number_of_groups(number: int, size: int) -> None:
    random, covered, beyond = np.random.default_rng(11), 0, 0
    for _ in range(300):
        rates = random.binomial(size, 0.3, number) / size
        found = widest_gap([(rates, random.binomial(size, rates, (200, number)) / size)], 0.95)
        beyond += found.low > 0
        covered += found.low <= 0 <= found.high

    assert beyond / 300 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)
    assert covered + beyond == 300


def test_the_widest_gap_is_undefined_where_a_group_is_missing_in_too_many_resamples() -> None:
    rates, drawn = np.array([0.2, 0.4]), np.full((100, 2), 0.3)
    drawn[:6, 1] = np.nan

    assert np.isnan(widest_gap([(rates, drawn)], 0.95).low)
    assert np.isfinite(widest_gap([(rates, drawn[2:])], 0.95).low)
    assert np.isnan(widest_gap([(np.array([0.2, np.nan]), drawn[6:])], 0.95).high)
