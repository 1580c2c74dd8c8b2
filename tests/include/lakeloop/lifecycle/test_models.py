"""The candidate learns what logistic regression cannot."""

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle import models
from lakeloop.lifecycle.evaluation import evaluate
from tests.include.lakeloop.lifecycle.data import FEATURES, checkerboard

PARAMS = {"n_estimators": 200, "early_stopping_rounds": 10, "learning_rate": 0.2}


@pytest.fixture(scope="module")
def candidate() -> models.Candidate:
    return models.train_xgboost(checkerboard(2000, seed=1), checkerboard(500, seed=2), PARAMS)


def test_it_beats_logistic_regression_on_a_rule_of_two_features(candidate: models.Candidate) -> None:
    x, y = checkerboard(1000, seed=3)
    logistic = models.train_logistic(*checkerboard(2000, seed=1))

    ours = evaluate(y, models.predict(candidate.booster, x))
    theirs = evaluate(y, logistic.predict_proba(x)[:, 1])

    assert ours.auc > 0.85
    assert ours.auc > theirs.auc + 0.2


def test_early_stopping_keeps_the_best_number_of_trees(candidate: models.Candidate) -> None:
    assert candidate.trees < PARAMS["n_estimators"]
    assert candidate.booster.num_boosted_rounds() == candidate.trees
    assert candidate.stopped.num_boosted_rounds() == candidate.trees
    assert max(candidate.curve) == candidate.curve[candidate.trees - 1]


def test_the_judged_model_has_not_seen_the_early_stopping_weeks() -> None:
    fit = checkerboard(500, seed=1)
    one = models.train_xgboost(
        fit, checkerboard(300, seed=2), PARAMS | {"early_stopping_rounds": 500, "n_estimators": 5}
    )
    other = models.train_xgboost(
        fit, checkerboard(300, seed=9), PARAMS | {"early_stopping_rounds": 500, "n_estimators": 5}
    )
    x, _ = checkerboard(100, seed=3)
    trees = min(one.trees, other.trees)

    assert np.allclose(models.predict(one.stopped[:trees], x), models.predict(other.stopped[:trees], x))
    assert not np.allclose(models.predict(one.booster[:trees], x), models.predict(other.booster[:trees], x))


def test_the_same_rows_give_the_same_model(candidate: models.Candidate) -> None:
    again = models.train_xgboost(checkerboard(2000, seed=1), checkerboard(500, seed=2), PARAMS)
    x, _ = checkerboard(100, seed=3)

    assert np.array_equal(models.predict(again.booster, x), models.predict(candidate.booster, x))


def test_the_use_cases_parameters_reach_the_trees(candidate: models.Candidate) -> None:
    assert candidate.params["learning_rate"] == 0.2
    assert '"eta":"0.2"' in candidate.booster.save_config().replace("0.200000003", "0.2")
    assert candidate.params["max_depth"] == models.DEFAULTS["max_depth"]


def test_a_parameter_that_xgboost_does_not_know_is_an_error() -> None:
    with pytest.raises(models.UnknownParameterError, match=r'model\.params holds "max_deph", which XGBoost'):
        models.train_xgboost(checkerboard(100, seed=1), checkerboard(100, seed=2), PARAMS | {"max_deph": 3})


def test_logistic_regression_survives_missing_values_and_empty_columns() -> None:
    x, y = checkerboard(200, seed=1)
    x["empty"] = np.nan

    assert models.train_logistic(x, y).predict_proba(x).shape == (200, 2)


def test_importance_shares_sum_to_one_and_an_unused_feature_has_none(candidate: models.Candidate) -> None:
    shares = models.importance(candidate.booster, [*FEATURES, "unused"])

    assert shares.sum() == pytest.approx(1)
    assert shares["unused"] == 0
    assert set(shares.index[:2]) == {"recency", "frequency"}


@pytest.mark.parametrize(
    "prediction",
    [
        np.array([0.2, 0.7]),
        np.array([[0.2], [0.7]]),
        np.array([[0.8, 0.2], [0.3, 0.7]]),
        pd.DataFrame([[0.8, 0.2], [0.3, 0.7]]),
        pd.Series([0.2, 0.7]),
    ],
    ids=["booster", "column", "predict_proba", "frame", "series"],
)
def test_any_shape_of_answer_is_the_probability_of_one(prediction: object) -> None:
    assert models.probabilities(prediction).tolist() == [0.2, 0.7]


def test_three_classes_are_no_probability() -> None:
    with pytest.raises(ValueError, match="3 columns per row"):
        models.probabilities(np.zeros((2, 3)))
