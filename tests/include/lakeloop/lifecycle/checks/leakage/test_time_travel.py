"""Features that look back pass; a column made from the label's own future is caught, also when it is faint."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle.checks.leakage.time_travel import judge, with_answer_behind
from tests.include.lakeloop.lifecycle.checks.world import (
    FEATURES,
    evidence,
    expected,
    history,
    honest,
    refused,
)

KEY = "gate.leakage.time_travel"


def planted(task: str, faint: float, seed: int = 5) -> pd.DataFrame:
    """The history with a feature made from what the visitor will do in the row's horizon, through noise."""
    frame, random = history(task), np.random.default_rng(seed)
    return frame.assign(visits_to_come=frame["_state"] + faint * random.normal(size=len(frame)))


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_features_of_the_past_pass(task: str) -> None:
    found = evidence(honest if task == "binary" else expected, task=task)

    [check] = judge(found)

    assert check.passed
    assert "none of 3 moving features follows the answer ahead" in check.sentence  # `flag` never moves


@pytest.mark.parametrize("faint", [0.0, 0.5])
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_planted_future_column_is_caught_and_named(task: str, faint: float) -> None:
    answer = honest if task == "binary" else expected
    found = evidence(answer, frame=planted(task, faint), features=[*FEATURES, "visits_to_come"], task=task)

    [check] = judge(found)

    assert refused([check]) == [KEY]
    assert check.sentence.startswith(
        "feature visits_to_come follows the answer ahead more closely than the one behind"
    )
    assert check.figures["low"] > 0.1


def test_a_feature_that_few_visitors_have_is_named_and_not_judged() -> None:
    frame = planted("binary", 0.0)
    frame["visits_to_come"] = frame["visits_to_come"].where(frame["visitor"] < 2)

    [check] = judge(evidence(frame=frame, features=[*FEATURES, "visits_to_come"]))

    assert check.passed
    assert "none of 3 moving features follows" in check.sentence
    assert "too few visitors to say anything: visits_to_come" in check.sentence


def test_answers_that_are_always_the_same_say_nothing() -> None:
    found = evidence()

    [check] = judge(replace(found, known=history().assign(gone=0)))

    assert refused([check]) == [KEY]
    assert "nothing was judged" in check.sentence


def test_features_of_which_none_can_be_judged_refuse() -> None:
    frame = planted("binary", 0.0)
    frame["visits_to_come"] = frame["visits_to_come"].where(frame["visitor"] < 2)

    found = evidence(
        lambda x: 0.3 + 0.4 * x["flag"].to_numpy(), frame=frame, features=["flag", "visits_to_come"]
    )
    [check] = judge(found)

    assert refused([check]) == [KEY]
    assert "no moving feature has 8 visitors and an interval: nothing was judged" in check.sentence


def test_the_label_itself_is_caught_as_a_feature() -> None:
    frame = history().assign(answer=history()["gone"])

    assert refused(judge(evidence(frame=frame, features=[*FEATURES, "answer"]))) == [KEY]


def test_what_is_declared_as_known_ahead_is_left_alone() -> None:
    gate = {"leakage": {"known_ahead": ["visits_to_come"]}}
    found = evidence(gate=gate, frame=planted("binary", 0.0), features=[*FEATURES, "visits_to_come"])

    assert refused(judge(found)) == []


def test_without_answers_behind_it_says_that_nothing_was_looked_for() -> None:
    found = evidence()
    short = found.split.holdout.rows(history())
    few = short[short["as_of"].isin(sorted(short["as_of"].unique())[:4])]

    [check] = judge(evidence().__class__(**{**vars(found), "known": few}))

    assert check.passed
    assert "0 rows have an answer 4 periods earlier" in check.sentence


def test_the_answer_behind_is_that_of_the_same_visitor_a_horizon_earlier() -> None:
    found = evidence()

    rows = with_answer_behind(found.use_case, history())

    one = rows[rows["visitor"] == 7].sort_values("as_of")
    labels = history()[history()["visitor"] == 7].sort_values("as_of")["gone"].tolist()
    assert one["_behind"].tolist() == labels[:-4]
    assert one["gone"].tolist() == labels[4:]


def test_it_can_be_switched_off() -> None:
    gate = {"leakage": {"time_travel": None}}

    assert (
        judge(evidence(gate=gate, frame=planted("binary", 0.0), features=[*FEATURES, "visits_to_come"])) == []
    )
