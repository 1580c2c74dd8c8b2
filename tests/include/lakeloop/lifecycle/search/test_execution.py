"""A trial is judged the same wherever it runs, also where this package is not installed."""

import io
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lakeloop.lifecycle.search.execution import by_value, in_this_process, worker
from lakeloop.lifecycle.search.preparation import Prepared, prepare
from lakeloop.lifecycle.search.trial import Job, unpacked
from lakeloop.lifecycle.training.splits import PeriodRange
from tests.include.lakeloop.lifecycle.data import FEATURES
from tests.include.lakeloop.lifecycle.search.searched import ALL_FAMILIES, QUICK, frame_of, searching

JOBS = [
    Job(0, 0, "xgboost", {**QUICK, "max_depth": 2}),
    Job(0, 1, "linear", {"alpha": 2.0}),
    Job(1, 1, "hist_gradient_boosting", {"max_iter": 10, "max_leaf_nodes": 4}),
    Job(2, 0, "xgboost", {"max_depht": 2}),
]


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    case = searching(space=ALL_FAMILIES, auto=True)
    return prepare(case, frame_of(case), FEATURES, PeriodRange(case.period, 0, 19))


def test_a_fold_is_judged_on_what_comes_after_it_and_an_error_is_an_answer(prepared: Prepared) -> None:
    outcomes = in_this_process(prepared.judge(), prepared.rows)(JOBS)

    assert [outcome.value is None for outcome in outcomes] == [False, False, False, True]
    assert all(0 < outcome.value < 1 and outcome.error is None for outcome in outcomes if outcome.value)
    assert 'UnknownParameterError: params holds "max_depht", which XGBoost' in str(outcomes[3].error)


def test_rows_after_the_fold_and_of_the_gap_before_it_change_nothing(prepared: Prepared) -> None:
    fit, stop, judged = prepared.folds[0].fit, prepared.folds[0].early_stopping, prepared.folds[0].holdout
    periods, rows = prepared.rows.periods, prepared.rows
    used = np.zeros(len(periods), dtype=bool)
    for part in (fit, stop, judged):
        used |= (part.first <= periods) & (periods <= part.last)
    within = (periods > fit.last) & (
        periods < stop.first
    )  # a gap that the final model learns from, as in training
    y = np.where(used | within, rows.y, 1 - rows.y)
    assert (y != rows.y).any()
    changed = type(rows)(
        rows.features, np.where((used | within)[:, None], rows.x, -rows.x), y, periods, rows.folds
    )

    judge = prepared.judge()

    assert judge(rows, JOBS[0]).value == judge(changed, JOBS[0]).value


def test_rows_travel_unchanged(prepared: Prepared) -> None:
    packed = prepared.rows.packed()
    found = unpacked(io.BytesIO(packed))

    assert found.features == prepared.rows.features
    for name in ("x", "y", "periods", "folds"):
        assert np.array_equal(getattr(found, name), getattr(prepared.rows, name), equal_nan=name == "x")


WORKER = """
import pickle, sys
for name in ("lakeloop", "optuna", "mlflow", "pydantic", "tests"):
    sys.modules[name] = None  # whoever imports it fails
import pandas as pd, pyspark
pyspark.SparkFiles.get = staticmethod(lambda name: sys.argv[2])
work = pickle.load(open(sys.argv[1], "rb"))
found = pd.concat(work(iter([pd.DataFrame({"id": [0, 1]}), pd.DataFrame({"id": [2, 3]})])))
pickle.dump(found.to_dict("records"), open(sys.argv[1], "wb"))
"""


def test_a_worker_needs_nothing_of_this_package(prepared: Prepared, tmp_path: Path) -> None:
    from pyspark import cloudpickle

    judge = prepared.judge()
    work = worker(by_value((judge, unpacked, Job)), "rows.npz", JOBS)
    (tmp_path / "work").write_bytes(cloudpickle.dumps(work))
    (tmp_path / "rows.npz").write_bytes(prepared.rows.packed())

    done: Any = subprocess.run(
        [sys.executable, "-c", WORKER, str(tmp_path / "work"), str(tmp_path / "rows.npz")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    found = pickle.loads((tmp_path / "work").read_bytes())
    expected = in_this_process(judge, prepared.rows)(JOBS)
    keys = ("trial", "fold", "value", "error")
    assert [[None if pd.isna(row[key]) else row[key] for key in keys] for row in found] == [
        [getattr(outcome, key) for key in keys] for outcome in expected
    ]
