"""Trials that run side by side on Spark find what they find one after the other, with Spark Connect and without."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakeloop.lifecycle.search.execution import in_this_process, on_spark
from lakeloop.lifecycle.search.preparation import Prepared, prepare
from lakeloop.lifecycle.training.splits import PeriodRange
from tests.include.lakeloop.lifecycle.data import FEATURES
from tests.include.lakeloop.lifecycle.search.searched import ALL_FAMILIES, Kept, frame_of, searching

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[4]
CLASSIC = """
from pyspark.sql import SparkSession
from tests.integration.lakeloop.lifecycle import test_search as t
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
t.require_the_same_trials(spark)
spark.stop()
"""


def prepared(**changes: Any) -> Prepared:
    case = searching(space=ALL_FAMILIES, auto=True, trials=4, parallel=2, **changes)
    return prepare(case, frame_of(case), FEATURES, PeriodRange(case.period, 0, 19))


def require_the_same_trials(spark: "SparkSession", **changes: Any) -> None:
    found = prepared(**changes)
    here, there = (
        [(trial.params, trial.state, trial.values) for trial in found.conduct(evaluate, Kept())[0]]
        for evaluate in (
            in_this_process(found.judge(), found.rows),
            on_spark(spark, found.judge(), found.rows),
        )
    )
    assert here == there
    assert len(here) == 4


@pytest.mark.parametrize("kind", ["random", "bayesian"])
def test_spark_connect_finds_the_same_trials(spark: "SparkSession", kind: str) -> None:
    require_the_same_trials(spark, kind=kind)


def test_a_trial_given_up_between_two_folds_is_the_same_one(spark: "SparkSession") -> None:
    require_the_same_trials(spark, pruner="median")


def test_a_classic_driver_finds_the_same_trials() -> None:
    paths = f"{ROOT}{os.pathsep}{ROOT / 'include'}"
    environment = {key: text for key, text in os.environ.items() if not key.startswith("SPARK_")}

    done = subprocess.run(
        [sys.executable, "-c", CLASSIC],
        cwd=ROOT,
        env=environment
        | {"PYTHONPATH": paths, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr[-3000:]
