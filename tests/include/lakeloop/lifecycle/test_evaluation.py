"""Figures that no unscored row can hide in."""

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle.evaluation import evaluate, recency_scores, slice_table, slice_values


def test_figures_of_a_known_ranking() -> None:
    result = evaluate(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))

    assert result.auc == pytest.approx(0.75)
    assert result.average_precision == pytest.approx(0.8333333)
    assert result.brier == pytest.approx((0.01 + 0.16 + 0.4225 + 0.04) / 4)
    assert (result.rows, result.positives) == (4, 2)


def test_scores_that_are_no_probability_still_rank() -> None:
    result = evaluate(np.array([0, 1]), np.array([3.0, 90.0]))

    assert result.auc == 1.0
    assert np.isnan(result.brier)
    assert set(result.metrics("holdout")) == {
        "holdout_auc",
        "holdout_average_precision",
        "holdout_rows",
        "holdout_positives",
    }


@pytest.mark.parametrize("y", [[0, 0, 0], [1, 1, 1], []])
def test_one_class_only_has_no_ranking(y: list[int]) -> None:
    result = evaluate(np.array(y), np.full(len(y), 0.5))

    assert np.isnan(result.auc)
    assert np.isnan(result.average_precision)
    assert result.rows == len(y)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_unscored_row_is_an_error(bad: float) -> None:
    with pytest.raises(ValueError, match="1 of 2 scores are not finite"):
        evaluate(np.array([0, 1]), np.array([0.5, bad]))


def test_each_label_needs_its_score() -> None:
    with pytest.raises(ValueError, match="expected one score per label"):
        evaluate(np.array([0, 1]), np.array([0.5]))


def test_the_recency_rule_ranks_the_unknown_above_all() -> None:
    frame = pd.DataFrame({"days": [3, None, 40, np.inf]})

    assert recency_scores(frame, "days").tolist() == [3.0, 41.0, 40.0, 41.0]


def test_the_recency_rule_without_any_known_purchase_ranks_nobody() -> None:
    assert recency_scores(pd.DataFrame({"days": [None, None]}), "days").tolist() == [1.0, 1.0]


def test_the_recency_rule_takes_decimals_and_nullable_integers() -> None:
    frame = pd.DataFrame({"days": pd.array([3, None], dtype="Int64")})

    assert recency_scores(frame, "days").tolist() == [3.0, 4.0]


def test_slices_have_a_row_per_value_and_missing_is_one() -> None:
    frame = pd.DataFrame({"age": ["19-24", "19-24", None, "65+"]})
    y, scores = np.array([0, 1, 0, 1]), np.array([0.1, 0.9, 0.5, 0.5])

    table = slice_table(frame, y, {"candidate": scores}, ["age"]).set_index("value")

    assert table.index.tolist() == ["19-24", "65+", "missing"]
    assert table.loc["19-24", "auc_candidate"] == 1.0
    assert table["auc_candidate"].isna().tolist() == [False, True, True]
    assert table.loc["missing", "rows"] == 1


def test_many_numbers_become_quartiles_that_sort_by_size() -> None:
    values = slice_values(pd.Series([*range(1, 101), None], dtype="float64"))

    quartiles = sorted(set(values) - {"missing"})

    assert [name[:3] for name in quartiles] == ["q1 ", "q2 ", "q3 ", "q4 "]
    assert values.value_counts().drop("missing").tolist() == [25, 25, 25, 25]
    assert values.iloc[-1] == "missing"


def test_few_numbers_stay_themselves() -> None:
    assert set(slice_values(pd.Series([1, 2, 2]))) == {"1", "2"}
