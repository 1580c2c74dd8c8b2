"""Where the trials of a batch run: in this process one after the other, or side by side on Spark."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import lakeloop
from lakeloop.lifecycle.search.trial import Job, Outcome, Rows, unpacked

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Judge = Callable[[Rows, Job], Outcome]
Evaluate = Callable[[Sequence[Job]], list[Outcome]]
Batches = Iterator[pd.DataFrame]
SCHEMA = "trial long, fold long, value double, seconds double, error string"


def in_this_process(judge: Judge, rows: Rows) -> Evaluate:
    """One job after the other."""
    return lambda jobs: [judge(rows, job) for job in jobs]


def on_spark(spark: "SparkSession", judge: Judge, rows: Rows) -> Evaluate:
    """Each job is a task of one Spark job; the rows go to Spark once, as a file of the session.

    Works with Spark Connect and with a classic driver: it needs neither a SparkContext nor RDDs.
    """
    packed = rows.packed()
    name = f"lakeloop-search-{hashlib.sha256(packed).hexdigest()[:16]}.npz"
    # a classic driver hands the file out for as long as it lives: the folder goes with `evaluate`
    folder = tempfile.TemporaryDirectory(prefix="lakeloop-search-")
    (Path(folder.name) / name).write_bytes(packed)
    spark.addArtifacts(f"{folder.name}/{name}", file=True)
    pickled = by_value((judge, unpacked, Job))

    def evaluate(jobs: Sequence[Job], _alive: Any = folder) -> list[Outcome]:
        asked = spark.range(0, len(jobs), 1, numPartitions=len(jobs))
        found = asked.mapInPandas(worker(pickled, name, jobs), schema=SCHEMA).toPandas()
        return [_outcome(row) for row in found.to_dict("records")]

    return evaluate


def by_value(thing: Any) -> bytes:
    """`thing` pickled with all that it uses of this package, so that whoever loads it needs no copy of the package."""
    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(lakeloop)
    try:
        return bytes(cloudpickle.dumps(thing))
    finally:
        cloudpickle.unregister_pickle_by_value(lakeloop)


def worker(pickled: bytes, file: str, jobs: Sequence[Job]) -> Callable[[Batches], Batches]:
    """A function for mapInPandas: numbers of `jobs` in, outcomes out. It imports nothing of this package."""
    key = hashlib.sha256(pickled).hexdigest() + file
    asked = [(job.trial, job.fold, job.family, json.dumps(dict(job.params))) for job in jobs]

    def loaded():  # type: ignore[no-untyped-def]
        """Function and rows, once per worker process."""
        import pickle
        import sys

        # hung on sys.modules, because a worker process lives longer than one unpickled function
        cache = sys.modules.setdefault("_lakeloop_search", type(sys)("_lakeloop_search")).__dict__
        if key not in cache:
            from pyspark import SparkFiles

            judge, unpack, job = pickle.loads(pickled)
            cache[key] = (judge, unpack(SparkFiles.get(file)), job)
        return cache[key]

    def work(batches: Batches) -> Batches:
        import json

        import pandas as pd

        for batch in batches:
            judge, rows, job = loaded()
            for number in batch["id"]:
                trial, fold, family, params = asked[number]
                outcome = judge(rows, job(trial, fold, family, json.loads(params)))
                yield pd.DataFrame([vars(outcome)])

    return work


def _outcome(row: Any) -> Outcome:
    found = None if pd.isna(row["value"]) else float(row["value"])
    error = None if pd.isna(row["error"]) else str(row["error"])
    return Outcome(int(row["trial"]), int(row["fold"]), found, float(row["seconds"]), error)
