"""Between families the simplest within one standard error of the best wins."""

from typing import Any

import pytest

from lakeloop.config.use_case.task import Linear, XGBoost
from lakeloop.lifecycle.search.choice import Winner, best, leaders, named, winner
from lakeloop.lifecycle.search.study import Trial


def trial(number: int, family: Any, *values: float, state: Any = "complete") -> Trial:
    return Trial(number, family, {}, state, dict(enumerate(values)), 1.0)


XGB = trial(0, "xgboost", 0.80, 0.82, 0.84)


@pytest.mark.parametrize(
    ("linear", "wins"),
    [
        ((0.79, 0.81, 0.83), "xgboost"),  # behind by 0.01 on each fold: no noise at all
        ((0.76, 0.82, 0.85), "linear"),  # behind by 0.01 with a standard error of 0.0153
        ((0.80, 0.82, 0.84), "linear"),  # equal
        ((0.70, 0.81, 0.84), "xgboost"),  # behind by 0.0367, 0.0318 is noise
        ((0.81, 0.83, 0.85), "linear"),  # the best itself
    ],
)
def test_the_simplest_within_the_noise_wins(linear: Any, wins: str) -> None:
    assert winner([XGB, trial(1, "linear", *linear)], "auc").family == wins


def test_the_noise_is_the_standard_error_of_the_paired_differences() -> None:
    found = leaders([XGB, trial(1, "linear", 0.76, 0.82, 0.85)], "auc")

    assert list(found) == ["linear", "xgboost"]
    # differences 0.04, 0.00, -0.01: mean 0.01, standard deviation 0.02646, by the root of 3
    assert (found["linear"].behind, found["linear"].noise) == (
        pytest.approx(0.01),
        pytest.approx(0.015275, abs=1e-6),
    )
    assert (found["xgboost"].behind, found["xgboost"].noise) == (0.0, 0.0)


def test_a_metric_of_which_less_is_better_is_turned() -> None:
    trials = [
        trial(0, "xgboost", 0.30, 0.31),
        trial(1, "xgboost", 0.20, 0.25),
        trial(2, "linear", 0.50, 0.51),
    ]

    assert best(trials, "wape").number == winner(trials, "wape").number == 1


def test_biases_of_two_folds_do_not_cancel() -> None:
    assert best([trial(0, "xgboost", -0.3, 0.3), trial(1, "xgboost", 0.1, 0.1)], "bias").number == 1


def test_only_complete_trials_can_win() -> None:
    assert best([trial(0, "xgboost", 0.99, state="pruned"), XGB], "auc") == XGB


@pytest.mark.parametrize(
    ("family", "kinds"),
    [
        ("xgboost", ["xgboost", "linear"]),
        ("hist_gradient_boosting", ["hist_gradient_boosting", "linear"]),
        ("linear", ["linear"]),
    ],
)
def test_a_winner_has_to_beat_only_what_is_simpler(family: Any, kinds: list[str]) -> None:
    models = (XGBoost(kind="xgboost"), Linear(kind="linear"))

    assert [model.kind for model in Winner(family, {}, "run").contenders(models)] == kinds


def test_a_winner_travels_as_text_with_what_was_not_searched() -> None:
    found = Trial(3, "xgboost", {"max_depth": 3}, "complete", {0: 0.8}, 1.0)

    given = Winner.loads(named(found, {"xgboost": {"max_depth": 9, "subsample": 0.5}}, "run").dumps())

    assert given == Winner("xgboost", {"max_depth": 3, "subsample": 0.5}, "run")
    assert given.model == XGBoost(kind="xgboost", params={"max_depth": 3, "subsample": 0.5})
    with pytest.raises(
        ValueError, match=r"'' is no winner of a search .* run the task `tune` before `train`"
    ):
        Winner.loads("")
