"""The seconds that features take on Spark: the query of the features with and without them."""

import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ALL, NOISE = "all", "noise"


def group_costs(
    spark: "SparkSession", query: str, keys: Sequence[str], groups: Mapping[str, Sequence[str]], runs: int
) -> dict[str, float]:
    """Seconds that leaving each group out would save, and under ``all`` those of the whole query; medians of `runs`.

    Under ``noise`` is what the runs of the whole query differ by: a group's cost below that was not measured.

    Spark computes only the columns that are asked for, so that a group's cost is that of the whole query minus that of
    all other columns. What groups share (a scan, a join, a shuffle) is saved by none of them alone: the costs of the
    groups do not add up to the whole.

    Args:
        query: SQL of all columns; its results are written to nowhere.
        runs: how often each query is asked, in turns; once more before, so that Spark is warm.
    """
    columns = [column for names in groups.values() for column in names]
    asked = {ALL: columns} | {
        name: [column for column in columns if column not in without] for name, without in groups.items()
    }
    _seconds(spark, query, [*keys, *columns])
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(runs):
        for name, wanted in asked.items():
            taken[name].append(_seconds(spark, query, [*keys, *wanted]))
    whole, noise = median(taken[ALL]), max(taken[ALL]) - min(taken[ALL])
    saved = {name: whole - median(taken[name]) for name in groups}
    return {ALL: whole, NOISE: noise} | saved


def _seconds(spark: "SparkSession", query: str, columns: Sequence[str]) -> float:
    start = time.perf_counter()
    spark.sql(query).select(*columns).write.format("noop").mode("overwrite").save()
    return time.perf_counter() - start
