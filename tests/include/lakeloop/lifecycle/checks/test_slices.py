"""Large slices are refused by their figure, small ones only when their whole interval lies beyond the floor."""

import pandas as pd
import pytest

from lakeloop.lifecycle.checks.slices import judge, judge_table
from tests.include.lakeloop.lifecycle.checks.world import evidence, refused

KEY = "gate.slices.floors.auc"


def table(*rows: tuple[str, int, int, float, float, float]) -> pd.DataFrame:
    names = ["value", "rows", "units", "auc candidate", "auc low", "auc high"]
    return pd.DataFrame(rows, columns=names).assign(slice="age")


def test_a_large_slice_below_its_floor_refuses_even_if_its_interval_reaches_it() -> None:
    check = judge_table(
        "auc", ">= 0.7", 100, table(("19-24", 200, 50, 0.69, 0.6, 0.8), ("65+", 300, 50, 0.9, 0.8, 1))
    )

    assert not check.passed
    assert "misses the limit >= 0.7 in 1 of 2 slices of at least 100 rows" in check.sentence
    assert "age 19-24 0.6900 of 200 rows" in check.sentence


@pytest.mark.parametrize(("high", "passed"), [(0.75, True), (0.65, False)])
def test_a_small_slice_is_judged_by_its_interval(high: float, passed: bool) -> None:
    check = judge_table("auc", ">= 0.7", 100, table(("19-24", 99, 20, 0.6, 0.5, high)))

    assert check.passed is passed
    assert "1 smaller ones, judged by their interval" in check.sentence
    assert ("lies wholly beyond" in check.sentence) is not passed


def test_a_small_slice_of_few_entities_is_named_and_not_judged() -> None:
    found = table(
        ("19-24", 99, 7, 0.1, 0.0, 0.2),
        ("25-34", 99, 30, 0.1, float("nan"), 0.2),
        ("65+", 300, 50, 0.9, 0.8, 1),
    )

    check = judge_table("auc", ">= 0.7", 100, found)

    assert check.passed
    assert "too small to say anything: age 19-24, age 25-34" in check.sentence


@pytest.mark.parametrize("found", [pd.DataFrame(), table(("19-24", 99, 3, 0.9, 0.8, 1.0))])
def test_slices_of_which_nothing_could_be_judged_refuse(found: pd.DataFrame) -> None:
    check = judge_table("auc", ">= 0.7", 100, found)

    assert not check.passed
    assert "nothing was judged (gate.slices.floors.auc, gate.slices.min_rows)" in check.sentence


def test_a_large_slice_without_a_figure_refuses() -> None:
    assert not judge_table("auc", ">= 0.7", 100, table(("a", 200, 50, float("nan"), 0, 1))).passed


@pytest.mark.parametrize(
    ("low", "high", "passed"),
    [(-0.3, -0.2, False), (-0.3, 0.3, True), (0.2, 0.3, False), (-0.3, -0.05, True)],
)
def test_a_bias_is_bounded_on_both_sides(low: float, high: float, passed: bool) -> None:
    found = table(("a", 50, 20, (low + high) / 2, low, high)).rename(
        columns=lambda name: name.replace("auc", "bias")
    )

    assert judge_table("bias", "<= 0.1", 100, found).passed is passed


def test_a_model_that_fails_one_group_is_refused_and_a_good_one_is_not() -> None:
    gate = {"slices": {"columns": ["district"], "floors": {"auc": ">= 0.6"}}}
    good = evidence(gate=gate)
    bad = evidence(
        lambda x: 0.9 - good.predictions * (good.holdout["district"] == "east").to_numpy(), gate=gate
    )

    assert refused(judge(good)) == []
    assert refused(judge(bad)) == [KEY]
    assert "district east 0." in judge(bad)[0].sentence
