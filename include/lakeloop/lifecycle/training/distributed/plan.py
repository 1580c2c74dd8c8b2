"""What has to hold before a training starts: where, on which compute, and that the driver can judge the result."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from lakeloop.config import LabelledUseCase, Target
from lakeloop.config.use_case.task import Model
from lakeloop.lifecycle.training.baselines import need_history
from lakeloop.lifecycle.training.data import ROWS, count_rows
from lakeloop.lifecycle.training.distributed.cluster import require_compute, require_workers
from lakeloop.lifecycle.training.distributed.models import require_distributable
from lakeloop.lifecycle.training.distributed.months import largest_month
from lakeloop.lifecycle.training.distributed.place import Machine, Place, Size, decide, require_on_driver
from lakeloop.lifecycle.training.splits import TimeSplit

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def place_training(
    spark: "SparkSession",
    use_case: LabelledUseCase,
    target: Target,
    periods: pd.DataFrame,
    features: list[str],
    split: TimeSplit,
    contenders: Iterable[Model],
) -> Place:
    """Decides where the use case's models are trained, and makes sure that they can be.

    Args:
        periods: as `data.read_periods` gives them.
        contenders: what is trained: `models`, or the winner of a search and those that are simpler.

    Raises DataTooLargeError, NotDistributedError, WrongComputeError and TooFewWorkersError, each before a row is read.
    """
    machine = Machine.of(spark)
    size = Size(int(periods[ROWS].sum()), len(features))
    place = decide(use_case.training, size, machine)
    if place.is_distributed:
        require_distributable(contenders)
        require_compute(target, place.workers, place.reason)
        _require_room(use_case, periods, len(features), split, machine)
        require_workers(spark, place.workers)
    return place


def rows_to_read(place: Place, split: TimeSplit) -> str:
    """SQL: the rows that the driver needs. All when it trains, else those that models are judged by."""
    if not place.is_distributed:
        return "true"
    return f"({split.early_stopping.condition}) OR ({split.holdout.condition})"


def split_on_driver(place: Place, split: TimeSplit) -> TimeSplit:
    """The split of the rows of :func:`rows_to_read`: beside the holdout it may have early-stopping rows alone."""
    return replace(split, fit=split.early_stopping) if place.is_distributed else split


def _require_room(
    use_case: LabelledUseCase, periods: pd.DataFrame, features: int, split: TimeSplit, machine: Machine
) -> None:
    """For all that the driver holds at one time: what judges, a month to pin, what baselines look back at."""
    judged = sum(count_rows(periods, part) for part in (split.early_stopping, split.holdout))
    remedy = "Lower split.holdout or split.early_stopping in the use case's YAML"
    require_on_driver(Size(judged, features), machine, "holdout with the early-stopping part", remedy)
    month, rows = largest_month(periods, use_case.period)
    require_on_driver(
        Size(rows, features),
        machine,
        f"month {month}",
        "Leave features out (features.except in the use case's YAML)",
    )
    if need_history(use_case.baselines):
        size, remedy = (
            Size(int(periods[ROWS].sum()), 0),
            "Keep only baselines of kind rule in the use case's YAML",
        )
        require_on_driver(size, machine, "history that baselines look back at", remedy)
