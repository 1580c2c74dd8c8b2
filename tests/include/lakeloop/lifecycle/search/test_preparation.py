"""Before the first trial: what is wrong is refused, and the search begins where the champion stands."""

from typing import Any

import mlflow
import pytest
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.search.champion import champion_setting
from lakeloop.lifecycle.search.folds import OneClassError
from lakeloop.lifecycle.search.preparation import (
    NoSearchError,
    UntrainableError,
    possible_winners,
    prepare,
    search_of,
)
from lakeloop.lifecycle.training.splits import PeriodRange
from tests.include.lakeloop.lifecycle.data import FEATURES
from tests.include.lakeloop.lifecycle.search.searched import ALL_FAMILIES, QUICK, frame_of, searching
from tests.include.lakeloop.lifecycle.search.searched import search_of as searched
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case

CHAMPION = {"xgboost.learning_rate": 0.1, "xgboost.max_depth": 2}


def prepared(champion: Any = None, label: Any = None, **changes: Any) -> Any:
    case = searching(**changes)
    frame = frame_of(case)
    if label is not None:
        frame[case.task.label] = label
    return prepare(case, frame, FEATURES, PeriodRange(case.period, 0, 19), champion, data_versions={"t": 1})


def test_no_row_outside_of_training_takes_part() -> None:
    found = prepared()

    assert set(found.rows.periods) == set(range(20))  # 26 periods, of which the last are gap and holdout
    assert found.folds[-1].holdout.last == 19


def test_the_champion_comes_first_and_then_what_the_file_says() -> None:
    found = prepared(CHAMPION, space=ALL_FAMILIES, auto=True)

    assert found.first[0] == CHAMPION
    assert found.first[1:] == [
        {"family": "linear", "linear.alpha": 1.0},
        {"family": "hist_gradient_boosting"},  # 15 leaves, the default, lie outside of the range
        {"family": "xgboost", "xgboost.learning_rate": 0.05, "xgboost.max_depth": 4},
    ]
    assert prepared(CHAMPION, warm_start=False).first == []


def test_the_fingerprint_is_of_all_that_decides_and_of_nothing_else() -> None:
    same = prepared().fingerprint

    assert prepared(trials=99, seconds=9).fingerprint == same
    for other in (
        prepared(seed=1),
        prepared(CHAMPION),
        prepared(pruner="median"),
        prepared(folds={"count": 1}),
    ):
        assert other.fingerprint != same


def test_one_class_in_a_fold_is_refused() -> None:
    with pytest.raises(OneClassError, match=r"the label is always 0 in the fit weeks .* of fold 1"):
        prepared(label=0)


def test_a_value_that_a_model_refuses_is_named_before_the_search() -> None:
    depth = {"xgboost": {"max_depth": {"kind": "int", "low": 0, "high": 3}}}
    assert prepared(space=depth).search.space
    leaves = {"hist_gradient_boosting": {"max_bins": {"kind": "int", "low": 2, "high": 255}}}
    assert prepared(space=leaves).search.space
    models = [{"kind": "xgboost", "params": {"max_dept": 3}}]
    case = searching().model_copy(update={"models": use_case(BINARY, models=models).models})

    with pytest.raises(UntrainableError, match=r"search\.space\.xgboost\.learning_rate: 0\.05: .*max_dept"):
        prepare(case, frame_of(case), FEATURES, PeriodRange(case.period, 0, 19))


def test_a_use_case_without_a_search_is_refused() -> None:
    with pytest.raises(NoSearchError, match="use case visits has no key `search`"):
        search_of(use_case(BINARY))


def test_without_a_champion_there_is_none_to_begin_at(client: MlflowClient, model: str) -> None:
    assert champion_setting(client, model, searched()) == (None, "no champion yet")


@pytest.mark.parametrize(
    ("kind", "params", "setting", "said"),
    [
        (
            "xgboost",
            {"learning_rate": "0.1", "max_depth": "2"},
            CHAMPION,
            "begins at champion version 1, xgboost",
        ),
        (
            "xgboost",
            {"learning_rate": "0.1", "max_depth": "9"},
            {"xgboost.learning_rate": 0.1},
            "without max_depth",
        ),
        ("linear", {"alpha": "1.0"}, None, "is of kind linear, which is not searched"),
    ],
)
def test_the_champion_says_what_it_was_trained_with(
    client: MlflowClient, model: str, logged: Any, kind: str, params: Any, setting: Any, said: str
) -> None:
    run_id = logged(model_kind=kind)
    with mlflow.start_run(run_id=run_id):
        mlflow.log_params(params)
    version = mlflow.register_model(f"runs:/{run_id}/model", model, tags={"model_kind": kind})
    client.set_registered_model_alias(model, registry.CHAMPION, version.version)

    found, sentence = champion_setting(client, model, searched())

    assert found == setting
    assert said in sentence


def test_each_family_may_win_and_the_simpler_models_are_trained_beside_it() -> None:
    found = possible_winners(searching(space=ALL_FAMILIES, auto=True))

    assert [model.kind for model in found] == ["linear", "hist_gradient_boosting", "xgboost", "linear"]
    assert found[2].params == QUICK  # as the file says where nothing else is searched
