"""Training and holdout are apart, in periods and row by row; no column is younger than its row."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd

from lakeloop.lifecycle.checks.leakage.overlap import judge
from lakeloop.lifecycle.training.splits import PeriodRange, TimeSplit
from tests.include.lakeloop.lifecycle.checks.world import VISITORS, evidence, history, refused

KEY, KNOWN_AT = "gate.leakage.overlap", "gate.leakage.known_at"


def test_a_split_by_time_passes() -> None:
    [check] = judge(evidence())

    assert check.passed
    assert "have no row in common, and 4 periods lie between them" in check.sentence


def test_training_that_reaches_into_the_holdout_is_refused_with_the_rows() -> None:
    found = evidence()
    early, holdout = found.split.early_stopping, found.split.holdout
    late = TimeSplit(found.split.fit, PeriodRange(early.period, early.first, holdout.first + 1), holdout)

    [check] = judge(replace(found, split=late))

    assert refused([check]) == [KEY]
    assert f"{2 * VISITORS} rows of the holdout are training rows too" in check.sentence


def test_labels_that_look_into_the_holdout_are_refused() -> None:
    found = evidence()
    early, holdout = found.split.early_stopping, found.split.holdout
    near = TimeSplit(found.split.fit, PeriodRange(early.period, early.first, holdout.first - 4), holdout)

    [check] = judge(replace(found, split=near))

    assert refused([check]) == [KEY]
    assert "3 periods lie between training" in check.sentence


def test_a_row_that_is_there_twice_is_refused() -> None:
    twice = pd.concat([history(), history().tail(5)])

    [check] = judge(evidence(frame=twice))

    assert refused([check]) == [KEY]
    assert "5 rows of the holdout repeat visitor, as_of of another" in check.sentence


def test_a_column_that_became_known_after_its_row_is_refused_with_an_example() -> None:
    gate = {"leakage": {"known_at": ["paid_on"]}}
    in_time = history().assign(paid_on=history()["as_of"])
    late = history().assign(
        paid_on=[day + timedelta(days=7 * (n % 2)) for n, day in enumerate(history()["as_of"])]
    )

    assert refused(judge(evidence(frame=in_time, gate=gate))) == []
    found = judge(evidence(frame=late, gate=gate))
    assert refused(found) == [KNOWN_AT]
    assert "paid_on is later than its row's week in 675 of 1350 rows, e.g. " in found[1].sentence


def test_an_unknown_moment_is_not_late() -> None:
    frame = history().assign(paid_on=None)

    assert refused(judge(evidence(frame=frame, gate={"leakage": {"known_at": ["paid_on"]}}))) == []
