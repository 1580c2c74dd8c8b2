"""Batch scoring beside `mlflow.pyfunc.spark_udf`, in one Spark session, on the same rows and the same model.

    PYTHONPATH=.:include:include/features .venv/bin/python -m tests.benchmarks.bench_batch_scoring

The two take turns. Rows lie in a Parquet file; scores are added up, so that each is computed and nothing is written.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import xgboost as xgb
from pyspark.sql import functions as F  # noqa: N812

from lakeloop.lifecycle import tracking
from lakeloop.lifecycle.scoring import pack, score_frame
from tests.benchmarks.training_time_cases import spark_session

FEATURES = [f"f{number:02d}" for number in range(20)]
KEYS = ["id"]


def main() -> None:
    """Prints each run, the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--trees", type=int, default=200)
    parser.add_argument("--depth", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # of the workers
    with tempfile.TemporaryDirectory() as place:
        folder = logged(Path(place) / "model", options.trees, options.depth)
        spark = spark_session()
        frame = generated(spark, f"{place}/rows", options.rows)
        ways = {"spark_udf": by_udf(spark, frame, folder), "score_frame": by_us(frame, folder, options.rows)}
        report(alternating(ways, options.runs), options.rows)
        spark.stop()


def logged(folder: Path, trees: int, depth: int) -> Path:
    """A model on 20 features, as training logs it."""
    random = np.random.default_rng(1)
    x = pd.DataFrame(random.normal(size=(50_000, len(FEATURES))), columns=FEATURES)
    x = x.mask(random.random(x.shape) < 0.05)
    y = (
        x["f00"].fillna(0) + x["f01"].fillna(0) * x["f02"].fillna(0) + random.normal(size=len(x)) > 2
    ).astype(int)
    params = {"objective": "binary:logistic", "max_depth": depth, "nthread": 2, "seed": 1}
    booster = xgb.train(params, xgb.DMatrix(x, y), trees)
    example = x.head(5)
    answers = booster.predict(xgb.DMatrix(example))
    mlflow.xgboost.save_model(
        booster,
        folder,
        signature=tracking.signature(example, answers),
        metadata={tracking.EXAMPLE_ANSWERS: answers.tolist()},
        input_example=example,
        pip_requirements=["xgboost"],
        model_format="json",
    )
    return folder


def generated(spark: Any, place: str, rows: int) -> Any:
    """Rows in a Parquet file, a twentieth of the values missing."""
    columns = [
        F.when(F.rand(number) > 0.05, F.randn(100 + number)).alias(name)
        for number, name in enumerate(FEATURES)
    ]
    spark.range(rows, numPartitions=4).select("id", *columns).write.parquet(place)
    return spark.read.parquet(place)


def by_udf(spark: Any, frame: Any, folder: Path) -> Callable[[], float]:
    """MLflow's own way."""
    udf = mlflow.pyfunc.spark_udf(spark, str(folder), result_type="double", env_manager="local")
    scored = frame.select("id", udf(*FEATURES).alias("score"))
    return lambda: total(scored)


def by_us(frame: Any, folder: Path, rows: int) -> Callable[[], float]:
    """The product's."""
    scored = score_frame(frame, pack(folder), KEYS, FEATURES, "score", rows)
    return lambda: total(scored)


def total(scored: Any) -> float:
    """The sum of all scores."""
    return float(scored.agg(F.sum("score")).collect()[0][0])


def alternating(ways: dict[str, Callable[[], float]], runs: int) -> dict[str, list[float]]:
    """Seconds by run; raises AssertionError where the two do not give the same scores."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(runs + 1):
        sums = {}
        for name, way in ways.items():
            begin = perf_counter()
            sums[name] = way()
            took = perf_counter() - begin
            print(f"{number if number else 'warm-up'}: {name} {took:.1f} s, sum {sums[name]:.6f}", flush=True)
            if number:
                seconds[name].append(took)
        one, other = sums.values()
        assert np.isclose(one, other, rtol=1e-6), sums
    return seconds


def report(seconds: dict[str, list[float]], rows: int) -> None:
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        print(f"{name}: median {median:.2f} s, {rows / median:,.0f} rows/s")
    print(f"ratio: {medians['spark_udf'] / medians['score_frame']:.2f}")


if __name__ == "__main__":
    main()
