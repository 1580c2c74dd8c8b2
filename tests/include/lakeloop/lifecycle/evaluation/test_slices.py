"""Groups of rows, each with its figures and how sure the candidate's is."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from lakeloop.config.use_case.gate import Bootstrap
from lakeloop.lifecycle.evaluation.rows import ScoredRows, Units
from lakeloop.lifecycle.evaluation.slices import slice_table, slice_values

BOOTSTRAP = Bootstrap(resamples=100)


def table(
    frame: pd.DataFrame, task: str, y: list[float], predicted: list[float], metric: str
) -> pd.DataFrame:
    units = Units(np.arange(len(y)), len(y), "entities")
    rows = ScoredRows(task, np.array(y), {"candidate": np.array(predicted)}, units)
    return slice_table(frame, rows, list(frame.columns), [metric], "candidate", BOOTSTRAP).set_index("value")  # type: ignore[list-item]


def test_slices_have_a_row_per_value_and_missing_is_one() -> None:
    frame = pd.DataFrame({"age": ["19-24", "19-24", None, "65+"]})

    found = table(frame, "binary", [0, 1, 0, 1], [0.1, 0.9, 0.5, 0.5], "auc")

    assert found.index.tolist() == ["19-24", "65+", "missing"]
    assert found["auc candidate"].isna().tolist() == [False, True, True]
    assert found.loc["19-24", "auc candidate"] == 1.0
    assert found["rows"].tolist() == [2, 1, 1]
    assert found["label"].tolist() == [0.5, 1.0, 0.0]


def test_the_interval_of_a_slice_holds_its_figure() -> None:
    random = np.random.default_rng(1)
    y, error = random.uniform(1, 9, 400), random.normal(size=400)
    frame = pd.DataFrame({"half": np.arange(400) % 2})

    found = table(frame, "regression", list(y), list(y + error), "wape")

    assert (found["wape low"] < found["wape candidate"]).all()
    assert (found["wape candidate"] < found["wape high"]).all()
    assert (found["wape high"] - found["wape low"]).max() < 0.1
    assert found["units"].tolist() == [200, 200]


def test_a_period_is_a_slice_too() -> None:
    frame = pd.DataFrame({"as_of": [date(2020, 1, 2), date(2020, 1, 1)]})

    assert table(frame, "regression", [1, 2], [1, 2], "mae").index.tolist() == ["2020-01-01", "2020-01-02"]


def test_many_numbers_become_quartiles_that_sort_by_size() -> None:
    values = slice_values(pd.Series([*range(1, 101), None], dtype="float64"))

    quartiles = sorted(set(values) - {"missing"})

    assert [name[:3] for name in quartiles] == ["q1 ", "q2 ", "q3 ", "q4 "]
    assert values.value_counts().drop("missing").tolist() == [25, 25, 25, 25]
    assert values.iloc[-1] == "missing"


@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_few_numbers_stay_themselves(dtype: str) -> None:
    assert len(set(slice_values(pd.Series([1, 2, 2], dtype=dtype)))) == 2


def test_other_rows_are_cut_at_the_same_edges() -> None:
    whole = pd.Series([*range(1, 101), None], dtype="float64")

    cut = slice_values(pd.Series([-50.0, 25.75, 26.0, 1e9, None]), cut_like=whole)

    assert [name[:2] for name in cut] == ["q1", "q1", "q2", "q4", "mi"]
    assert set(cut) <= set(slice_values(whole))
    assert slice_values(whole[::3], cut_like=whole).equals(slice_values(whole)[::3])


@pytest.mark.parametrize(("whole", "part"), [([1.0, 2.0], list(range(20))), (list(range(20)), [1.0, 2.0])])
def test_whether_numbers_are_cut_is_decided_by_the_whole(whole: list[float], part: list[float]) -> None:
    found = slice_values(pd.Series(part, dtype="float64"), cut_like=pd.Series(whole, dtype="float64"))

    assert found.str.startswith("q").all() == (len(whole) > 2)
