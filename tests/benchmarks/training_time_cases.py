"""What `bench_training_time.py` measures: rows with a fixed seed, and the two models trained in both places."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil

from lakeloop.config import load_labelled_use_case
from lakeloop.config.use_case.task import Linear, XGBoost
from lakeloop.lifecycle import features as contract
from lakeloop.lifecycle.training import models
from lakeloop.lifecycle.training.splits import TimeSplit, sliding_split

FEATURES = [f"f{number}" for number in range(35)]  # as many as the use case churn has
UNUSED = [f"unused{number}" for number in range(35)]
WEEKS, TREES, WORKERS, SEED = 48, 60, 2, 2017
CASE = load_labelled_use_case("churn")
MODELS: dict[str, Any] = {
    "trees": XGBoost(
        kind="xgboost",
        params={"n_estimators": TREES, "early_stopping_rounds": TREES, "max_depth": 3, "learning_rate": 0.05},
    ),
    "linear": Linear(kind="linear"),
}


def make(rows: int, folder: Path) -> Path:
    """A Parquet file of that many labelled rows, about a seventh of them 1, as in the churn data."""
    file = folder / f"{rows}.parquet"
    if not file.exists():
        random = np.random.default_rng(SEED)
        x = random.lognormal(size=(rows, len(FEATURES)))
        x[random.random(x.shape) < 0.05] = np.nan
        signal = (
            np.nan_to_num(np.log(x[:, 0]))
            + np.nan_to_num(np.log(x[:, 1])) * (np.nan_to_num(x[:, 2]) > 1)
            - 2.2
        )
        frame = pd.DataFrame(x, columns=FEATURES)
        week = np.arange(rows) % WEEKS
        frame[CASE.period.column] = np.array([CASE.period.as_of(number) for number in range(WEEKS)])[week]
        frame[next(iter(CASE.entity.keys))] = np.arange(rows) // WEEKS
        frame[CASE.task.label] = (random.random(rows) < 1 / (1 + np.exp(-signal))).astype("int64")
        frame.to_parquet(file)
    return file


def split_of_weeks() -> TimeSplit:
    return sliding_split([CASE.period.as_of(number) for number in range(WEEKS)], CASE.period, CASE.split)


def used_cpu() -> float:
    """Processor seconds of this process and all below it, ended ones included."""
    own = psutil.Process()
    times = []
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # it ended since, and is in its parent's times
            times.append(process.cpu_times())
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)


def on_driver(model: str, file: Path) -> None:
    frame, split = pd.read_parquet(file), split_of_weeks()
    fit, early, train = (
        (contract.model_input(part, FEATURES), contract.labels(part, CASE.task.label, CASE.task.kind))
        for part in (each.rows(frame) for each in (split.fit, split.early_stopping, split.train))
    )
    models.train(MODELS[model], CASE.task, fit, early, train)


def spark_session() -> Any:
    from pyspark.sql import SparkSession

    conf = {
        "spark.driver.memory": "3g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(WORKERS),
    }
    builder = SparkSession.builder.master(f"local[{WORKERS}]")
    for key, value in conf.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    session.range(10).selectExpr("sum(id)").collect()  # what is started once is no part of a training
    return session


def on_workers(spark: Any, model: str, source: Any, partitioned: bool = True, cached: bool = True) -> None:
    from lakeloop.lifecycle.training.distributed import models as distributed
    from lakeloop.lifecycle.training.distributed.rows import LABEL, SharedRows, share

    split = split_of_weeks()
    rows = share(source, "rows", CASE, tuple(FEATURES), split, WORKERS)
    if not partitioned:  # XGBoost shuffles for itself, at random, before each of its two trainings
        from pyspark.sql import functions as f

        needed = source.where(split.train.condition).select(*CASE.keys, CASE.task.label, *FEATURES)
        rows = needed.withColumn(LABEL, f.col(CASE.task.label).cast("double"))
    if cached:
        rows = rows.persist()
    distributed.train(spark, MODELS[model], CASE.task, SharedRows(rows, tuple(FEATURES), split, WORKERS))
    rows.unpersist()
