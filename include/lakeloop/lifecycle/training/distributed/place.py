"""Where models are trained: on the driver, or on the workers when the rows outgrow it.

What one machine needs was measured, see docs/distributed-training.md: all copies of the rows at the moment that needs
most of them, for trees and a linear model.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lakeloop.config.use_case.training import Training

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BYTES_PER_VALUE = 60  # of one feature of one row, at the peak
BYTES_PER_ROW = 200  # keys, period, label, predictions
COLLECTED_BYTES_PER_VALUE = 8  # as it travels to the driver
UNLIMITED = 0
DEFAULT_RESULT_LIMIT = "1g"  # of Spark
PLACE, REASON = "training_place", "training_place_reason"  # tags of a run
DRIVER = "driver"
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_UNITS = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


class DataTooLargeError(MemoryError):
    """Rows that have to be on the driver do not fit there."""


@dataclass(frozen=True)
class Size:
    """Rows and features of a table or a part of it."""

    rows: int
    features: int

    @property
    def needed(self) -> int:
        """Bytes of memory that training on one machine takes."""
        return self.rows * (self.features * BYTES_PER_VALUE + BYTES_PER_ROW)

    @property
    def collected(self) -> int:
        """Bytes that reach the driver."""
        return self.rows * (self.features + 3) * COLLECTED_BYTES_PER_VALUE

    def __str__(self) -> str:
        return f"{self.rows:,} rows of {self.features} features"


@dataclass(frozen=True)
class Machine:
    """The driver: its memory, and the most that one query may bring there (0: no limit); both in bytes."""

    memory: int
    result_limit: int = UNLIMITED

    @classmethod
    def of(cls, spark: "SparkSession") -> "Machine":
        """The one that this process runs on."""
        return cls(physical_memory(), size_in_bytes(_result_limit_of(spark)))


@dataclass(frozen=True)
class Place:
    """On `workers` workers, or on the driver when there are none; and why, in a sentence."""

    workers: int
    reason: str

    @property
    def is_distributed(self) -> bool:
        return self.workers > 0

    @property
    def tags(self) -> dict[str, str]:
        """What is written on a run."""
        return {PLACE: f"{self.workers} workers" if self.workers else DRIVER, REASON: self.reason}

    def __str__(self) -> str:
        where = f"on {self.workers} workers" if self.workers else "on the driver"
        return f"trained {where}: {self.reason}"


def decide(training: Training, size: Size, machine: Machine) -> Place:
    """The place for rows of that size, by the use case's `training`.

    Raises DataTooLargeError when they are to be trained on the driver in any case and cannot be.
    """
    if training.distributed == "always":
        return Place(training.workers, "training.distributed is always")
    if training.distributed == "never":
        _require_possible(size, machine)
        return Place(0, "training.distributed is never")
    outgrown = _outgrown(training, size, machine)
    if outgrown:
        return Place(training.workers, outgrown)
    return Place(0, _fits(training, size, machine))


def is_distributed(tags: Mapping[str, str]) -> bool:
    """Whether a run or version of those tags was trained by workers; those of before had no choice."""
    return tags.get(PLACE, DRIVER) != DRIVER


def room(machine: Machine, share: float, columns: int) -> int:
    """How many rows fill `share` of the driver's memory, or the most that one query may bring there."""
    one = Size(1, columns)
    fitting = int(share * machine.memory) // one.needed
    return (
        fitting if machine.result_limit == UNLIMITED else min(fitting, machine.result_limit // one.collected)
    )


def require_on_driver(size: Size, machine: Machine, part: str, remedy: str) -> None:
    """Raises DataTooLargeError when rows that the driver reads in any case do not fit there.

    Args:
        part: what the rows are, e.g. ``holdout part``.
        remedy: what makes them fewer, as an instruction.
    """
    if size.needed > machine.memory or _exceeds_result(size, machine):
        raise DataTooLargeError(
            f"the {part} has {size}: that needs {gigabytes(size.needed)} of memory and brings "
            f"{gigabytes(size.collected)} to the driver, which has {gigabytes(machine.memory)} and takes "
            f"{_result_limit(machine)} (spark.driver.maxResultSize). {remedy}, or take a larger driver."
        )


def physical_memory() -> int:
    """Bytes of memory of this machine, or of the container that the process runs in."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _CGROUP_LIMIT.read_text(encoding="ascii").strip() if _CGROUP_LIMIT.exists() else "max"
    return min(total, int(limit)) if limit.isdigit() else total


def size_in_bytes(text: str) -> int:
    """``4g`` as Spark means it. Raises ValueError for what is no size."""
    lowered = text.strip().lower()
    number = lowered.rstrip("bkmgt")
    unit = lowered[len(number) :].removesuffix("b") or "b"
    if not number.isdigit() or unit not in _UNITS:
        raise ValueError(f"spark.driver.maxResultSize is {text!r}, expected a size such as 4g")
    return int(number) * _UNITS[unit]


def gigabytes(number: int) -> str:
    """``1.5 GB``."""
    return f"{number / 1e9:,.2g} GB" if number < 1e10 else f"{number / 1e9:,.0f} GB"


def _result_limit_of(spark: "SparkSession") -> str:
    """What the session says, or Spark's default: a serverless workspace refuses to show such settings."""
    from pyspark.errors import PySparkException

    try:
        return spark.conf.get("spark.driver.maxResultSize", DEFAULT_RESULT_LIMIT) or DEFAULT_RESULT_LIMIT
    except PySparkException:
        return DEFAULT_RESULT_LIMIT


def _outgrown(training: Training, size: Size, machine: Machine) -> str | None:
    """Why the rows are too many for the driver; None when they are not."""
    if training.max_rows is not None:
        too_many = f"{size} are more than training.max_rows ({training.max_rows:,})"
        return too_many if size.rows > training.max_rows else None
    if size.needed > training.memory_share * machine.memory:
        return _compared(training, size, machine)
    if _exceeds_result(size, machine):
        return (
            f"{size} are about {gigabytes(size.collected)}, the driver takes {_result_limit(machine)} "
            "(spark.driver.maxResultSize)"
        )
    return None


def _fits(training: Training, size: Size, machine: Machine) -> str:
    if training.max_rows is not None:
        return f"{size} are no more than training.max_rows ({training.max_rows:,})"
    return _compared(training, size, machine)


def _require_possible(size: Size, machine: Machine) -> None:
    if size.needed > machine.memory or _exceeds_result(size, machine):
        raise DataTooLargeError(
            f"training.distributed is never, but {size} need about {gigabytes(size.needed)} and bring "
            f"{gigabytes(size.collected)} to the driver, which has {gigabytes(machine.memory)} and takes "
            f"{_result_limit(machine)} (spark.driver.maxResultSize). Set training.distributed to auto in the use "
            "case's YAML, or take a larger driver."
        )


def _exceeds_result(size: Size, machine: Machine) -> bool:
    return machine.result_limit != UNLIMITED and size.collected > machine.result_limit


def _compared(training: Training, size: Size, machine: Machine) -> str:
    allowed = gigabytes(int(training.memory_share * machine.memory))
    return f"{size} need about {gigabytes(size.needed)}, the driver may fill {allowed} of {gigabytes(machine.memory)}"


def _result_limit(machine: Machine) -> str:
    return "any size" if machine.result_limit == UNLIMITED else gigabytes(machine.result_limit)
