"""Entities that stand for all of them, where the driver needs training rows that it cannot hold.

Drawn by a hash of their keys: the same ones each time, each with all its rows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from lakeloop.config import LabelledUseCase
from lakeloop.config.use_case.training import Training
from lakeloop.lifecycle.training.data import ROWS, Versions, count_rows, read_periods
from lakeloop.lifecycle.training.distributed.models import require_kinds
from lakeloop.lifecycle.training.distributed.place import Machine, Size, decide, is_distributed, room
from lakeloop.lifecycle.training.splits import PeriodRange, TimeSplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

BUCKETS = 1_000_000
LEAST_ROWS = 20_000  # of the training periods; they fit on any driver


@dataclass(frozen=True)
class Chosen:
    """Which labelled rows are read: `condition` is SQL; `share` of the entities, 1 for all."""

    condition: str = "true"
    share: float = 1.0

    @property
    def is_sample(self) -> bool:
        return self.share < 1

    def __str__(self) -> str:
        if not self.is_sample:
            return "all training rows"
        return f"the training rows of {self.share:.4%} of the entities, drawn by a hash of their keys"


def rows_to_validate(
    spark: "SparkSession",
    use_case: LabelledUseCase,
    versions: Versions,
    columns: int,
    split: TimeSplit,
    tags: "Mapping[str, str]",
) -> Chosen:
    """All rows; of a candidate that workers trained the holdout and, of the rest, as many entities as fit.

    Args:
        columns: how many are read beside the keys.
        tags: of the candidate's run.
    """
    if not is_distributed(tags):
        return Chosen()
    periods = read_periods(spark, use_case, versions)
    return choose(use_case, periods, columns, Machine.of(spark), split.holdout)


def rows_to_search(
    spark: "SparkSession", use_case: LabelledUseCase, periods: pd.DataFrame, features: int
) -> Chosen:
    """All rows; as many entities as fit where the training after the search needs workers.

    Raises NotDistributedError for a family of models that workers cannot train, DataTooLargeError as `decide` does.
    """
    machine = Machine.of(spark)
    place = decide(use_case.training, Size(int(periods[ROWS].sum()), features), machine)
    if not place.is_distributed:
        return Chosen()
    require_kinds(use_case.search.families if use_case.search else ())
    return choose(use_case, periods, features, machine)


def choose(
    use_case: LabelledUseCase,
    periods: pd.DataFrame,
    columns: int,
    machine: Machine,
    whole: PeriodRange | None = None,
) -> Chosen:
    """As many entities as the driver has room for.

    Args:
        whole: periods whose rows are read of all entities.
    """
    always = count_rows(periods, whole) if whole else 0
    others = int(periods[ROWS].sum()) - always
    most = max(_allowed(use_case.training, columns, machine) - always, LEAST_ROWS)
    if others <= most:
        return Chosen()
    buckets = max(1, most * BUCKETS // others)
    drawn = f"pmod(xxhash64({', '.join(use_case.entity.keys)}), {BUCKETS}) < {buckets}"
    return Chosen(f"({whole.condition}) OR {drawn}" if whole else drawn, buckets / BUCKETS)


def _allowed(training: Training, columns: int, machine: Machine) -> int:
    """Rows; `max_rows` is the use case's own word on what one machine takes."""
    fitting = room(machine, training.memory_share, columns)
    return min(fitting, training.max_rows) if training.max_rows else fitting
