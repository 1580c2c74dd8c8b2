"""Slope and intercept against scikit-learn, also on resamples; who is miscalibrated is refused, who is not passes."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LinearRegression, LogisticRegression

from lakeloop.config.use_case.gate import Bootstrap
from lakeloop.lifecycle.checks.calibration import cox, judge, mincer_zarnowitz, reliability
from lakeloop.lifecycle.evaluation.bootstrap import draw
from lakeloop.lifecycle.evaluation.rows import Units
from tests.include.lakeloop.lifecycle.checks.world import (
    VISITORS,
    evidence,
    expected,
    refused,
    with_predictions,
)

ENTITIES = 150


def sample(
    seed: int, slope: float, intercept: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Labels whose probability is what Cox' model makes of `p`; units; 100 draws."""
    random = np.random.default_rng(seed)
    units = np.repeat(np.arange(ENTITIES), 8)
    p = expit(random.normal(-1, 1.2, len(units)))
    y = (random.random(len(p)) < expit(intercept + slope * logit(p))).astype("float64")
    return y, p, units, draw(Units(units, ENTITIES, "entities"), Bootstrap(resamples=100, seed=seed))


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.integers(0, 10_000), st.floats(0.3, 2.5), st.floats(-1, 1))
def test_cox_is_a_logistic_regression_on_the_logit(seed: int, slope: float, intercept: float) -> None:
    y, p, units, counts = sample(seed, slope, intercept)
    plain = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)

    value, samples = cox(y, p, units, counts)

    x = logit(p).reshape(-1, 1)
    plain.fit(x, y)
    assert value == pytest.approx([plain.intercept_[0], plain.coef_[0, 0]], abs=1e-3)
    refitted = [plain.fit(x, y, sample_weight=times[units]).coef_[0, 0] for times in counts[:10]]
    assert samples[:10, 1] == pytest.approx(np.array(refitted), rel=0.01, abs=0.01)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.floats(-3, 3), st.floats(-100, 100))
def test_mincer_zarnowitz_is_least_squares(seed: int, slope: float, intercept: float) -> None:
    random = np.random.default_rng(seed)
    _, _, units, counts = sample(seed, 1, 0)
    predicted = random.normal(50, 10, len(units))
    y = intercept + slope * predicted + random.normal(size=len(units))

    value, samples = mincer_zarnowitz(y, predicted, units, counts)

    x = predicted.reshape(-1, 1)
    for seen, weight in [(value, np.ones(len(y))), *zip(samples[:5], counts[:5, units], strict=True)]:
        plain = LinearRegression().fit(x, y, sample_weight=weight)
        assert seen == pytest.approx([plain.intercept_, plain.coef_[0]], rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("predictions", [np.full(1200, 0.3), np.zeros(1200)])
def test_predictions_that_are_all_alike_have_no_line(predictions: np.ndarray) -> None:
    y, _, units, counts = sample(1, 1, 0)

    for line in (cox, mincer_zarnowitz):
        assert np.isnan(line(y, predictions, units, counts)[0]).all()


def test_a_calibrated_model_passes_and_an_overconfident_one_is_refused() -> None:
    good = evidence(gate={"calibration": {"slope": [0.8, 1.25]}})
    bold = with_predictions(good, expit(4 * logit(good.predictions)))

    assert refused(judge(good)) == []
    assert refused(judge(bold)) == ["gate.calibration.slope"]
    [said] = [check.sentence for check in judge(bold) if not check.passed]
    assert "lies wholly outside the range [0.8, 1.25] (gate.calibration.slope)" in said


def test_probabilities_that_are_all_too_high_are_refused_by_the_intercept() -> None:
    good = evidence(gate={"calibration": {"slope": None, "intercept": [-0.5, 0.5]}})

    assert refused(judge(with_predictions(good, expit(logit(good.predictions) + 1.5)))) == [
        "gate.calibration.intercept"
    ]


def test_perfect_separation_is_refused_and_does_not_hang() -> None:
    good = evidence()

    assert refused(judge(with_predictions(good, np.where(good.y == 1, 0.9, 0.1)))) == [
        "gate.calibration.slope"
    ]


def test_bins_are_those_of_scikit_learn() -> None:
    found = evidence(gate={"calibration": {"bins": 5}})
    smooth = with_predictions(found, found.predictions + np.linspace(0, 1e-6, len(found.y)))

    observed, predicted = calibration_curve(smooth.y, smooth.predictions, n_bins=5, strategy="quantile")

    table = reliability(smooth)
    assert [row["observed"] for row in table] == pytest.approx(list(observed), abs=0.01)
    assert [row["predicted"] for row in table] == pytest.approx(list(predicted), abs=0.01)
    assert sum(row["rows"] for row in table) == len(smooth.y)


def test_a_bin_that_is_surely_off_is_refused_with_its_place() -> None:
    good = evidence(gate={"calibration": {"slope": None, "worst_bin": "<= 0.1"}})
    bent = with_predictions(good, np.where(good.predictions > 0.4, 0.95, good.predictions))

    assert refused(judge(good)) == []
    assert refused(judge(bent)) == ["gate.calibration.worst_bin"]
    assert "predictions around 0.95 are off by" in judge(bent)[-1].sentence


def test_a_regression_that_says_thrice_as_much_is_refused() -> None:
    gate = {"calibration": {"slope": [0.6, 1.6], "worst_bin": "<= 0.2"}}
    good = evidence(expected, gate, task="regression")

    assert refused(judge(good)) == []
    assert refused(judge(with_predictions(good, 3 * good.predictions))) == [
        "gate.calibration.slope",
        "gate.calibration.worst_bin",
    ]


@pytest.mark.parametrize(("answer", "around"), [(0.0, "around 0.0562"), (1.0, "around 1")])
def test_a_bin_of_few_entities_is_named_and_not_judged(answer: float, around: str) -> None:
    found = evidence(gate={"calibration": {"slope": None, "worst_bin": "<= 0.9", "bins": 100}})
    their = (found.holdout["visitor"] < 2).to_numpy()

    [check] = judge(with_predictions(found, np.where(their, answer, found.predictions / 2 + 0.2)))

    assert check.passed
    named = check.sentence.partition("too small to say anything: ")[2].partition(")")[0]
    assert around in named.split(", ")


def test_bins_of_which_none_can_be_judged_refuse() -> None:
    found = evidence(gate={"calibration": {"slope": None, "worst_bin": "<= 0.9", "bins": 100}})
    each = found.holdout["visitor"].to_numpy() / VISITORS

    [check] = judge(with_predictions(found, each))

    assert refused([check]) == ["gate.calibration.worst_bin"]
    assert "no bin has 8 visitors and an interval: nothing was judged" in check.sentence
