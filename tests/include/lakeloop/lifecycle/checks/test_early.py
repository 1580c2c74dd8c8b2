"""What no model could be judged on is named before any model is trained."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle.checks.early import CannotBeJudgedError, require_judgeable
from lakeloop.lifecycle.features import BadColumnError, MissingColumnError
from tests.include.lakeloop.lifecycle.checks.test_behaviour import DIRECTION
from tests.include.lakeloop.lifecycle.checks.world import FEATURES, evidence, expected, history


def ask(
    frame: pd.DataFrame, gate: dict[str, Any] | None = None, task: str = "binary", **changes: Any
) -> None:
    known = evidence(expected, gate, task=task) if task != "binary" else evidence(gate={})
    asked = evidence(gate=gate, **changes).use_case if task == "binary" else known.use_case
    earlier = frame[[*asked.keys, asked.task.label]]
    require_judgeable(asked, frame, earlier, known.split, FEATURES)


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


@pytest.mark.parametrize("part", ["periods to fit", "early-stopping periods"])
def test_a_part_of_training_of_one_class_is_named(part: str) -> None:
    as_of = sorted(history()["as_of"].unique())  # the newest: 9 holdout, 4 gap, 4 early stopping, 4 gap
    of_part = as_of[:-21] if part == "periods to fit" else as_of[-17:-13]
    frame = history().assign(gone=np.where(history()["as_of"].isin(of_part), 1, history()["gone"]))

    with pytest.raises(CannotBeJudgedError, match=f"label gone is 1 in every row of the {part}"):
        ask(frame)


@pytest.mark.parametrize("label", [2, None])
def test_labels_that_no_model_can_read_are_named_also_between_the_parts(label: Any) -> None:
    gap = sorted(history()["as_of"].unique())[-11]
    frame = history()
    frame = frame.assign(gone=frame["gone"].astype("object").where(frame["as_of"] != gap, label))

    with pytest.raises(BadColumnError, match="label gone is neither 0 nor 1 in 150 of 4800 rows"):
        ask(frame)


def test_a_feature_that_holds_no_numbers_is_named() -> None:
    with pytest.raises(BadColumnError, match="feature noise is str"):
        ask(history().assign(noise="much"))


def test_a_baseline_that_has_nothing_to_go_by_is_named() -> None:
    naive = {"kind": "seasonal_naive", "name": "long ago", "lag": 90, "missing": 0.0}

    with pytest.raises(
        CannotBeJudgedError, match="baseline 'long ago' needs labels 90 weeks before"
    ) as raised:
        ask(history(), baselines=[naive])

    assert len(raised.value.problems) == 1  # of early-stopping rows and holdout the same


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
    frame = pd.concat([history(), history().tail(3)]).assign(district=None, gone=0)

    with pytest.raises(CannotBeJudgedError) as raised:
        ask(frame, {"slices": {"columns": ["district"]}, "behaviour": [DIRECTION | {"feature": "idle_day"}]})

    named = [
        r"gate\.behaviour\.0 \(.*\) names 'idle_day', which is no feature",
        r"label gone is 0 in every row of the holdout",
        r"label gone is 0 in every row of the training periods",
        r"gate\.slices\.columns: district has no value in any of 1353 holdout rows",
        r"3 rows of the holdout repeat visitor, as_of of another",
    ]
    problems = raised.value.problems
    assert [bool(re.match(one, said)) for one, said in zip(named, problems, strict=True)] == [True] * 5
    assert all(said in str(raised.value) for said in problems)
