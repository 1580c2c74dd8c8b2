"""What has to hold before a training starts: where, on which compute, and that the driver can judge the result."""

from typing import TYPE_CHECKING

import pandas as pd

from lakeloop.config import Target, UseCase
from lakeloop.lifecycle.training.data import ROWS, count_rows
from lakeloop.lifecycle.training.distributed.cluster import require_compute, require_workers
from lakeloop.lifecycle.training.distributed.place import Machine, Place, Size, decide, require_on_driver
from lakeloop.lifecycle.training.splits import TimeSplit

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def place_training(
    spark: "SparkSession",
    use_case: UseCase,
    target: Target,
    periods: pd.DataFrame,
    features: list[str],
    split: TimeSplit,
) -> Place:
    """Decides where the use case's models are trained, and makes sure that they can be.

    Args:
        periods: as `data.read_periods` gives them.

    Raises DataTooLargeError, WrongComputeError and TooFewWorkersError, each before a row is read.
    """
    machine = Machine.of(spark)
    size = Size(int(periods[ROWS].sum()), len(features))
    place = decide(use_case.training, size, machine)
    if place.is_distributed:
        require_compute(target, place.workers, place.reason)
        _require_judgeable(periods, len(features), split, machine)
        require_workers(spark, place.workers)
    return place


def rows_to_read(place: Place, split: TimeSplit) -> str:
    """SQL: the rows that the driver needs. All when it trains, else those that the models are judged by."""
    return split.early_stopping.condition if place.is_distributed else "true"


def _require_judgeable(periods: pd.DataFrame, features: int, split: TimeSplit, machine: Machine) -> None:
    """Each part is on the driver by itself: the holdout when the models are validated."""
    parts = {"holdout": split.holdout, "early_stopping": split.early_stopping}
    for name, part in parts.items():
        size = Size(count_rows(periods, part), features)
        require_on_driver(size, machine, name.replace("_", "-") + " part", f"split.{name}")
