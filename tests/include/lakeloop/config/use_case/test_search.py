"""What is wrong with a search is said by its name, before anything runs."""

import math
import re
from typing import Any

import pytest
import yaml

from lakeloop.config import ConfigError
from lakeloop.config.loading import read_use_case
from lakeloop.config.use_case.search_space import FloatRange
from tests.include.lakeloop.lifecycle.use_cases import BINARY, REGRESSION, use_case

ALPHA: dict[str, Any] = {"kind": "float", "low": 0.01, "high": 100, "log": True}
SEARCH: dict[str, Any] = {"kind": "bayesian", "space": {"linear": {"alpha": ALPHA}}}
DEPTH: dict[str, Any] = {"kind": "int", "low": 2, "high": 6}


def refused(content: dict[str, Any] = BINARY, **changes: Any) -> str:

    case = {key: value for key, value in content.items() if key != "name"} | {"search": SEARCH | changes}
    with pytest.raises(ConfigError) as raised:
        read_use_case("visits", yaml.safe_dump(case))
    return str(raised.value)


def test_without_a_search_nothing_is_searched() -> None:
    assert use_case(BINARY).search is None


def test_a_search_needs_a_kind_and_a_space_alone() -> None:
    search = use_case(REGRESSION, search=SEARCH).search

    assert search is not None
    assert (search.families, search.starts_warm, search.parallel, search.pruner) == (
        ("linear",),
        True,
        1,
        "none",
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "float", "low": 2, "high": 1}, r"low is 2\.0 and high 1\.0, expected low below high"),
        (
            {"kind": "float", "low": 0, "high": 1, "log": True},
            r"low is 0\.0, expected more than 0 where log is true",
        ),
        ({"kind": "float", "low": 1, "high": 2, "log": True, "step": 0.5}, "expected one of the two"),
        (
            {"kind": "float", "low": 1, "high": 2, "step": 3},
            r"step is 3\.0, expected more than 0 and at most",
        ),
        ({"kind": "float", "low": 0.0, "high": 2}, "linear.alpha may be 0.0, expected numbers from 1e-12 on"),
        ({"kind": "float", "low": 1, "high": math.inf}, "alpha.high: inf is wrong"),
        (
            {"kind": "floats", "low": 1, "high": 2},
            r"alpha\.kind: 'floats' is not allowed; .*'float', 'int', 'choice'",
        ),
        ({"kind": "float", "low": 1, "hihg": 2}, r"alpha\.hihg: unknown key \(value 2\); did you mean high"),
        ({"kind": "choice", "of": []}, "alpha.of"),
        ({"kind": "choice", "of": [1.0, 1.0]}, "holds one value twice"),
        ({"kind": "choice", "of": ["much"]}, "linear.alpha may be 'much', expected numbers"),
    ],
)
def test_a_bad_range_is_named(given: dict[str, Any], said: str) -> None:

    assert re.search(said, refused(space={"linear": {"alpha": given}}))


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"linear": {"C": ALPHA}}, "'C'"),
        ({"linear": {"penalty": ALPHA}}, "linear.penalty is no parameter to search; allowed are alpha"),
        (
            {"xgboost": {"n_estimators": DEPTH}},
            "xgboost.n_estimators is no parameter to search; allowed are learning",
        ),
        ({"xgboost": {"max_depth": ALPHA}}, "xgboost.max_depth may be 0.01, expected whole numbers"),
        (
            {"xgboost": {"max_depth": {"kind": "float", "low": 2, "high": 4}}},
            "of kind float, expected kind int",
        ),
        (
            {"xgboost": {"subsample": {"kind": "float", "low": 0.5, "high": 1.5}}},
            "may be 1.5, expected numbers from 1e-06 to 1",
        ),
        ({"xgboost": {"grow_policy": {"kind": "choice", "of": ["depth"]}}}, "of: [depthwise, lossguide]"),
        ({"lightgbm": {"max_depth": DEPTH}}, "lightgbm"),
        ({"linear": {}}, "space.linear"),
        ({}, "space"),
    ],
)
def test_what_a_model_does_not_know_is_named(space: Any, said: str) -> None:
    assert said in refused(space=space)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "evolution"}, "search.kind: 'evolution' is not allowed"),
        ({"metric": "mae"}, "search.metric: mae is no metric of a binary task; allowed are auc"),
        ({"metric": "accuracy"}, "search.metric: 'accuracy' is not allowed"),
        (
            {"seconds": 3600},
            "search.seconds is 3600, expected less than the 3600 s that timeouts.train (60 minutes)",
        ),
        ({"trials": 0}, "search.trials: 0 is wrong"),
        ({"parallel": 0}, "search.parallel: 0 is wrong"),
        ({"auto": True}, "auto is true, but space names linear only"),
        (
            {"pruner": "median", "folds": {"count": 1}},
            "pruner is median, which gives a trial up between folds",
        ),
        ({"trails": 5}, "search.trails: unknown key (value 5); did you mean trials?"),
        ({"kind": "grid"}, "space.linear.alpha has endless values, and a grid needs a list of them"),
    ],
)
def test_what_does_not_go_together_is_named(changes: dict[str, Any], said: str) -> None:
    assert said in refused(**changes)


def test_families_compete_only_when_asked_to_and_on_folds_that_can_differ() -> None:
    both = {"linear": {"alpha": ALPHA}, "xgboost": {"max_depth": DEPTH}}

    assert "space names linear, xgboost, but auto is false" in refused(space=both)
    assert "folds.count is 1, expected at least 2 with auto: true" in refused(
        space=both, auto=True, folds={"count": 1}
    )


def test_a_grid_larger_than_its_budget_is_refused_with_its_size() -> None:
    grid = {
        "max_depth": DEPTH,
        "subsample": {"kind": "float", "low": 0.5, "high": 1.0, "step": 0.1},
        "learning_rate": {"kind": "choice", "of": [0.05, 0.1]},
    }

    said = refused(kind="grid", space={"xgboost": grid}, trials=59)

    assert (
        "the grid has 60 settings, but trials is 59: part of it would never be tried; set trials to 60"
        in said
    )
    whole = use_case(
        BINARY, search=SEARCH | {"kind": "grid", "space": {"xgboost": grid}, "trials": 60}
    ).search
    assert whole is not None
    assert not whole.starts_warm
    assert "warm_start is true, but a grid" in refused(
        kind="grid", space={"xgboost": grid}, trials=60, warm_start=True
    )


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"kind": "linear", "params": {"C": 1.0}}, "'C'"),
        ({"kind": "linear", "params": {"alpha": 0}}, "alpha is 0, expected a number above 0"),
        (
            {"kind": "hist_gradient_boosting", "params": {"eta": 1.0}},
            "eta is no parameter of this model; allowed are learning_rate",
        ),
    ],
)
def test_a_parameter_that_scikit_learn_does_not_know_is_refused(model: dict[str, Any], said: str) -> None:

    case = {key: value for key, value in BINARY.items() if key != "name"} | {"models": [model]}
    with pytest.raises(ConfigError) as raised:
        read_use_case("visits", yaml.safe_dump(case))
    assert said in str(raised.value)


def grid(trials: int = 10_000, **families: Any) -> dict[str, Any]:
    return {
        "kind": "grid",
        "space": families,
        "trials": trials,
        "auto": len(families) > 1,
    }


@pytest.mark.parametrize(
    ("given", "cells"),
    [
        ({"kind": "int", "low": 2, "high": 6}, [2, 3, 4, 5, 6]),
        ({"kind": "int", "low": 2, "high": 6, "step": 2}, [2, 4, 6]),
        ({"kind": "int", "low": 2, "high": 7, "step": 2}, [2, 4, 6]),
        ({"kind": "int", "low": 2, "high": 5, "log": True}, [2, 3, 4, 5]),
        ({"kind": "choice", "of": [3, 5]}, [3, 5]),
    ],
)
def test_a_grid_of_whole_numbers_holds_both_ends_and_each_step(
    given: dict[str, Any], cells: list[int]
) -> None:
    search = use_case(BINARY, search=grid(xgboost={"max_depth": given})).search

    assert search is not None
    assert search.space["xgboost"]["max_depth"].cells() == cells
    assert search.cells == len(cells)


@pytest.mark.parametrize(
    ("low", "high", "step", "cells"),
    [
        (0.1, 1.0, 0.3, [0.1, 0.4, 0.7, 1.0]),
        (0.0, 1.0, 0.1, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        (0.5, 1.0, 0.2, [0.5, 0.7, 0.9]),
        (0.1, 0.3, 0.2, [0.1, 0.3]),
        (1e-12, 2e-12, 5e-13, [1e-12, 1.5e-12, 2e-12]),
    ],
)
def test_a_grid_of_floats_holds_both_ends_and_each_step(
    low: float, high: float, step: float, cells: list[float]
) -> None:
    alpha = FloatRange(kind="float", low=low, high=high, step=step)

    assert alpha.cells() == cells
    assert alpha.size == len(cells)


def test_the_size_of_a_grid_is_the_sum_of_its_families_and_no_list_is_made_of_it() -> None:
    depth = {"kind": "int", "low": 1, "high": 10**12}
    small = {"alpha": {"kind": "choice", "of": [0.1, 1.0]}}
    leaves = {"max_leaf_nodes": {"kind": "int", "low": 2, "high": 4}, "max_depth": DEPTH}

    assert "the grid has 17 settings (linear 2, hist_gradient_boosting 15), but trials is 16" in refused(
        **grid(16, linear=small, hist_gradient_boosting=leaves)
    )
    assert "the grid has 1000000000000 settings, but trials is 10000" in refused(
        **grid(xgboost={"max_depth": depth})
    )


def test_a_value_twice_is_one_setting_whatever_its_type() -> None:
    assert "holds one value twice" in refused(
        **grid(xgboost={"max_depth": {"kind": "choice", "of": [3, 3.0]}})
    )


def test_a_search_says_how_many_trials_it_plans() -> None:
    both = use_case(BINARY, search=grid(30, xgboost={"max_depth": DEPTH})).search
    random = use_case(BINARY, search=SEARCH | {"trials": 30}).search

    assert both is not None
    assert random is not None
    assert (both.planned, random.planned) == (5, 30)


def test_a_grid_too_large_to_be_tried_is_told_to_be_thinned() -> None:
    said = refused(**grid(10_000, xgboost={"max_depth": {"kind": "int", "low": 1, "high": 20_000}}))

    assert "thin the space: no search may have more than 10000 trials" in said
