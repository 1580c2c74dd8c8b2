"""What no model could be judged on is named before any model is trained."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle.checks.early import CannotBeJudgedError, require_judgeable
from lakeloop.lifecycle.features import MissingColumnError
from tests.include.lakeloop.lifecycle.checks.test_behaviour import DIRECTION
from tests.include.lakeloop.lifecycle.checks.world import FEATURES, evidence, expected, history


def ask(frame: pd.DataFrame, gate: dict[str, Any] | None = None, task: str = "binary") -> None:
    known = evidence(expected, gate, task=task) if task != "binary" else evidence(gate={})
    asked = evidence(gate=gate).use_case if task == "binary" else known.use_case
    require_judgeable(asked, frame, known.split, FEATURES)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_rows_that_can_be_judged_pass(task: str) -> None:
    ask(history(task), {"slices": {"columns": ["district"]}}, task)


def test_a_holdout_of_one_class_is_named() -> None:
    holdout = history()["as_of"].isin(sorted(history()["as_of"].unique())[-9:])
    frame = history().assign(gone=np.where(holdout, 0, history()["gone"]))

    with pytest.raises(
        CannotBeJudgedError, match=r"label gone is 0 in every row of the holdout 2020-.*expected 0 and 1"
    ):
        ask(frame)


def test_training_periods_of_one_class_are_named() -> None:
    train = history()["as_of"].isin(sorted(history()["as_of"].unique())[:-9])
    frame = history().assign(gone=np.where(train, 1, history()["gone"]))

    with pytest.raises(CannotBeJudgedError, match=r"label gone is 1 in every row of the training periods"):
        ask(frame)


def test_a_group_column_that_is_missing_is_named() -> None:
    with pytest.raises(MissingColumnError, match=r"visits_gold.training_set has no column district"):
        ask(history().drop(columns="district"), {"slices": {"columns": ["district"]}})


def test_a_group_column_without_a_value_is_named() -> None:
    with pytest.raises(
        CannotBeJudgedError, match=r"gate.slices.columns: district has no value in any of 1350 holdout"
    ):
        ask(history().assign(district=None), {"slices": {"columns": ["district"]}})


@pytest.mark.parametrize(
    "gate",
    [{"behaviour": [DIRECTION | {"feature": "idle_day"}]}, {"leakage": {"known_ahead": ["idle_day"]}}],
)
def test_an_unknown_feature_is_named_with_those_that_there_are(gate: dict[str, Any]) -> None:
    with pytest.raises(
        CannotBeJudgedError, match=r"gate.* names 'idle_day', which is no feature; features are idle_days"
    ):
        ask(history(), gate)


def test_rows_that_are_there_twice_are_named() -> None:
    with pytest.raises(CannotBeJudgedError, match="3 rows of the holdout repeat visitor, as_of of another"):
        ask(pd.concat([history(), history().tail(3)]))


def test_too_few_entities_for_an_interval_are_named() -> None:
    with pytest.raises(CannotBeJudgedError, match="stretches of 4 weeks, expected at least 8"):
        ask(history()[history()["visitor"] < 5])


def test_all_that_is_wrong_is_said_at_once() -> None:
    frame = history().assign(district=None, gone=0)

    with pytest.raises(CannotBeJudgedError) as raised:
        ask(frame, {"slices": {"columns": ["district"]}})

    assert str(raised.value).count(";") >= 2
