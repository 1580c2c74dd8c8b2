"""Figures that agree with scikit-learn's, that know where they are undefined, and that no row can hide from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sklearn

from lakeloop.config.use_case.gate import BINARY, REGRESSION
from lakeloop.lifecycle.evaluation.metrics import METRICS, evaluate, metrics_of, samples, value

PROBABILITIES = arrays("float64", 60, elements=st.floats(0, 1).map(lambda number: round(number, 2)))
CLASSES = arrays("int64", 60, elements=st.integers(0, 1)).filter(lambda y: 0 < y.sum() < len(y))
NUMBERS = arrays("float64", 60, elements=st.floats(-1e4, 1e4).map(lambda number: round(number, 3)))


def expected_calibration_error(y: np.ndarray, p: np.ndarray) -> float:
    """As its paper writes it: bin by bin."""
    bins = np.minimum((p * 10).astype(int), 9)
    parts = [(bins == number) for number in range(10)]
    return sum(abs(y[part].mean() - p[part].mean()) * part.mean() for part in parts if part.any())


def test_every_metric_of_the_configuration_is_defined() -> None:
    assert set(METRICS) == {*BINARY, *REGRESSION}
    assert [name for name, metric in METRICS.items() if metric.higher_is_better] == [
        "auc",
        "average_precision",
        "saved",
    ]


@settings(deadline=None)  # a machine may be busy
@given(y=CLASSES, p=PROBABILITIES)
def test_binary_figures_are_scikit_learns(y: np.ndarray, p: np.ndarray) -> None:
    figures = evaluate("binary", y, p).values

    assert figures == pytest.approx(
        {
            "auc": sklearn.roc_auc_score(y, p),
            "average_precision": sklearn.average_precision_score(y, p),
            "brier": sklearn.brier_score_loss(y, p),
            "log_loss": sklearn.log_loss(y, p, labels=[0, 1]),
            "ece": expected_calibration_error(y, p),
        }
    )


@settings(deadline=None)  # a machine may be busy
@given(y=NUMBERS, p=NUMBERS)
def test_regression_figures_are_what_their_names_say(y: np.ndarray, p: np.ndarray) -> None:
    figures = evaluate("regression", y, p).values

    assert figures["mae"] == pytest.approx(sklearn.mean_absolute_error(y, p))
    assert figures["rmse"] == pytest.approx(sklearn.root_mean_squared_error(y, p))
    if np.abs(y).sum():
        assert figures["wape"] == pytest.approx(np.abs(p - y).sum() / np.abs(y).sum())


@settings(deadline=None)  # a machine may be busy
@given(y=CLASSES, p=PROBABILITIES, counts=arrays("int64", (3, 20), elements=st.integers(0, 3)))
def test_a_sample_is_judged_as_if_its_rows_were_written_out(
    y: np.ndarray, p: np.ndarray, counts: np.ndarray
) -> None:
    units = np.arange(60) % 20

    for metric in metrics_of("binary"):
        found = samples(metric, y, p, units, counts)
        for sample, figure in zip(counts, found, strict=True):
            times = sample[units]
            written_out = value(metric, np.repeat(y, times), np.repeat(p, times))
            assert figure == pytest.approx(written_out, nan_ok=True)


@pytest.mark.parametrize("y", [[0, 0, 0], [1, 1, 1], []])
def test_one_class_only_has_no_ranking(y: list[int]) -> None:
    figures = evaluate("binary", np.array(y), np.full(len(y), 0.5)).values

    assert np.isnan([figures["auc"], figures["average_precision"]]).all()


def test_scores_that_are_no_probability_still_rank_and_nothing_else_is_said_of_them() -> None:
    result = evaluate("binary", np.array([0, 1]), np.array([3.0, 90.0]))

    assert result.values["auc"] == 1.0
    assert result.metrics("holdout") == {
        "holdout_auc": 1.0,
        "holdout_average_precision": 1.0,
        "holdout_rows": 2.0,
    }


def test_shares_of_nothing_are_undefined() -> None:
    figures = evaluate("regression", np.zeros(3), np.ones(3)).values

    assert np.isnan([figures["wape"], figures["bias"]]).all()
    assert figures["mae"] == 1.0


def test_a_bias_has_a_sign_and_is_judged_by_its_size() -> None:
    bias = value("bias", np.array([10.0, 10.0]), np.array([9.0, 10.0]))

    assert bias == pytest.approx(-0.05)
    assert METRICS["bias"].size(bias) == pytest.approx(0.05)
    assert METRICS["bias"].goodness(np.array([-0.05, 0.1])).tolist() == [-0.05, -0.1]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_row_without_a_prediction_is_an_error(bad: float) -> None:
    with pytest.raises(ValueError, match="1 of 2 predictions are not finite"):
        evaluate("regression", np.array([0, 1]), np.array([0.5, bad]))


def test_each_label_needs_its_prediction() -> None:
    with pytest.raises(ValueError, match="expected one per label"):
        evaluate("binary", np.array([0, 1]), np.array([0.5]))
