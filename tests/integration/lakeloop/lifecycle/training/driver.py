"""The driver of the tests: ``python driver.py <master> <folder>``; questions and answers are JSON lines.

``{"use_case": "binary", "model": {...}, "seconds": 60}`` trains on two workers and answers ``{"result": ...}`` with the
metrics of `final` on the holdout, or with the error; `spoil` sets columns to SQL expressions before. ``{"use_case":
"binary", "times": 10}`` says what a driver reads that is too small for ten times the rows that there are.
"""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from lakeloop.config.use_case.task import Model
from lakeloop.config.use_case.training import Training
from lakeloop.lifecycle import features as contract
from lakeloop.lifecycle.evaluation.metrics import evaluate
from lakeloop.lifecycle.training import models
from lakeloop.lifecycle.training.data import ROWS
from lakeloop.lifecycle.training.distributed import models as distributed
from lakeloop.lifecycle.training.distributed import sample
from lakeloop.lifecycle.training.distributed.cluster import require_workers
from lakeloop.lifecycle.training.distributed.months import months_from
from lakeloop.lifecycle.training.distributed.place import Machine
from lakeloop.lifecycle.training.distributed.rows import SharedRows, require_valid, share
from lakeloop.lifecycle.training.splits import sliding_split
from tests.integration.lakeloop.lifecycle.training.data import CASES, FEATURES

WORKERS = 2
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # processes that live for a minute


def session(master: str) -> SparkSession:
    conf = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
        "spark.executor.cores": "1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        # compiling a query takes longer than running it on so few rows
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.executor.extraJavaOptions": QUICK,
    }
    builder = SparkSession.builder.master(master)
    for key, value in conf.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


class Trainer:
    """Trains on the workers what `folder` holds, one Parquet file for each use case."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark, self.folder = spark, folder

    @cache  # noqa: B019  (lives as long as the process)
    def rows(self, name: str, spoil: tuple[tuple[str, str], ...]) -> SharedRows:
        case, file = CASES[name], self.folder / f"{name}.parquet"
        split = sliding_split(pd.read_parquet(file)[case.period.column].unique(), case.period, case.split)
        source = self.spark.read.parquet(str(file))
        for column, expression in spoil:
            source = source.withColumn(column, f.expr(expression))
        shared = share(source, name, case, tuple(FEATURES), split, WORKERS).persist()
        require_valid(shared, name, case)
        return SharedRows(shared, tuple(FEATURES), split, WORKERS)

    def read(self, question: dict[str, Any]) -> dict[str, Any]:
        """All rows month by month, written to a file, and the rows that validation sees, to another."""
        case = CASES[question["use_case"]].model_copy(update={"training": Training(max_rows=1)})
        file = self.folder / f"{case.task.kind}.parquet"
        source, column = self.spark.read.parquet(str(file)), case.period.column
        periods = source.groupBy(column).agg(f.count("*").alias(ROWS)).toPandas().sort_values(column)
        months = dict(months_from(source, case, periods.reset_index(drop=True)))
        pq.write_table(pa.concat_tables(months.values()), self.folder / "months.parquet")
        split = sliding_split(periods[column], case.period, case.split)
        many = periods.assign(**{ROWS: periods[ROWS] * question["times"]})
        chosen = sample.choose(case, many, len(FEATURES), Machine(10**12), split.holdout)
        source.where(chosen.condition).toPandas().to_parquet(self.folder / "chosen.parquet")
        return {"months": list(months), "share": chosen.share}

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        case = CASES[question["use_case"]]
        model: Model = TypeAdapter(Model).validate_python(question["model"])
        rows = self.rows(question["use_case"], tuple(question.get("spoil", {}).items()))
        trained = distributed.train(self.spark, model, case.task, rows, question.get("seconds", 120))
        file = self.folder / f"{question['use_case']}.parquet"
        holdout = rows.split.holdout.rows(pd.read_parquet(file))
        x = contract.model_input(holdout, FEATURES)
        predictions = models.predict(trained.final, case.task, x)
        y = contract.labels(holdout, case.task.label, case.task.kind)
        np.save(self.folder / "predictions.npy", predictions)
        return {"metrics": evaluate(case.task.kind, y, predictions).values, "params": dict(trained.params)}


def answer(trainer: Trainer, question: dict[str, Any]) -> dict[str, Any]:
    try:
        require_workers(trainer.spark, WORKERS, question.get("joined_within", 120))
        return trainer.read(question) if "times" in question else trainer.answer(question)
    except Exception as error:  # the test is to see any
        return {"error": type(error).__name__, "message": str(error)}


def main() -> None:
    trainer = Trainer(session(sys.argv[1]), Path(sys.argv[2]))
    for line in sys.stdin:
        print(json.dumps({"result": answer(trainer, json.loads(line))}), flush=True)


if __name__ == "__main__":
    main()
