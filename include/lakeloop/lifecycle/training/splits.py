"""A split by time: each part ends before the answers of the next could have been known.

A row of period p is labelled from the `horizon` periods after it, so that the last `gap` periods before a part carry
labels that overlap it. That holds before the holdout and before the early-stopping periods alike; the periods of a gap
are used by neither side.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from lakeloop.config.use_case import Period
from lakeloop.config.use_case.labelled import Split

BETWEEN = ".."


class TooFewPeriodsError(ValueError):
    """There are not enough labelled periods for the split that the use case asks for."""


@dataclass(frozen=True)
class PeriodRange:
    """Whole periods from `first` to `last`, both included, as 0-based numbers of `period`."""

    period: Period
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        """``2017-01-07..2017-10-28``: `as_of` of the first and of the last period."""
        return f"{self.first_as_of}{BETWEEN}{self.last_as_of}"

    @property
    def first_as_of(self) -> str:
        return self.period.as_of(self.first).isoformat()

    @property
    def last_as_of(self) -> str:
        return self.period.as_of(self.last).isoformat()

    @property
    def condition(self) -> str:
        """SQL that is true for the rows of the range."""
        first, last = self.period.literal(self.first), self.period.literal(self.last)
        return f"{self.period.column} BETWEEN {first} AND {last}"

    @classmethod
    def parse(cls, text: str, period: Period) -> "PeriodRange":
        """The range that `str` of it gave. Raises ValueError for anything else."""
        ends = [index_of(end, period) for end in text.split(BETWEEN)]
        if len(ends) != 2 or None in ends or ends[0] > ends[1]:  # type: ignore[operator]
            example = PeriodRange(period, 0, 9)
            raise ValueError(f"{text!r} is no range of {period.unit}s, expected for example {example}")
        return cls(period, *ends)  # type: ignore[arg-type]

    def rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of `frame` that lie in the range, in a frame of their own."""
        numbers = self.period.indices(frame[self.period.column])
        return frame[(self.first <= numbers) & (numbers <= self.last)].reset_index(drop=True)


def index_of(as_of: str, period: Period) -> int | None:
    """The period with that `as_of`; None when it is no moment, or not the one that a period is known by."""
    try:
        moment = datetime.fromisoformat(as_of) if period.unit == "hour" else date.fromisoformat(as_of)
    except ValueError:
        return None
    index = period.index(moment)
    return index if period.as_of(index).isoformat() == as_of else None


@dataclass(frozen=True)
class TimeSplit:
    """`fit` grows the model, `early_stopping` tells it when to stop, `holdout` judges it once."""

    fit: PeriodRange
    early_stopping: PeriodRange
    holdout: PeriodRange

    @classmethod
    def of_tags(cls, tags: Mapping[str, str], period: Period) -> "TimeSplit":
        """The split that a training run was tagged with, see :meth:`PeriodRange.parse`."""
        return cls(*(PeriodRange.parse(tags[name], period) for name in ("fit", "early_stopping", "holdout")))

    @property
    def train(self) -> PeriodRange:
        """All periods that training may see."""
        return PeriodRange(self.fit.period, self.fit.first, self.early_stopping.last)


def sliding_split(labelled_as_of: Iterable[date | datetime], period: Period, split: Split) -> TimeSplit:
    """The newest labelled periods judge, the ones before the gap stop, and all before the next gap fit.

    Raises TooFewPeriodsError with the number of periods seen and needed, or naming a part without any row.
    """
    numbers = sorted({int(number) for number in period.indices(pd.Series(list(labelled_as_of)))})
    _require_enough(numbers, period, split)
    holdout = PeriodRange(period, numbers[-1] - split.holdout + 1, numbers[-1])
    early_last = holdout.first - split.gap - 1
    early_stopping = PeriodRange(period, early_last - split.early_stopping + 1, early_last)
    fit = PeriodRange(period, numbers[0], early_stopping.first - split.gap - 1)
    parts = TimeSplit(fit, early_stopping, holdout)
    _require_filled(parts, numbers, split.min_train)
    return parts


def _require_enough(numbers: list[int], period: Period, split: Split) -> None:
    seen = numbers[-1] - numbers[0] + 1 if numbers else 0
    if seen < split.needed:
        raise TooFewPeriodsError(
            f"{seen} labelled {period.unit}s, but the split needs {split.needed}: {split.min_train} to fit "
            f"(split.min_train) + {split.gap} gap + {split.early_stopping} early stopping + {split.gap} gap + "
            f"{split.holdout} holdout. Ingest more {period.unit}s, or lower split.* in the use case's YAML."
        )


def _require_filled(parts: TimeSplit, numbers: list[int], min_train: int) -> None:
    """Periods may be missing in the middle (a late delivery), but no part may be left without any."""
    for name, part in vars(parts).items():
        labelled = sum(part.first <= number <= part.last for number in numbers)
        least = min_train if name == "fit" else 1
        if labelled < least:
            raise TooFewPeriodsError(
                f"{labelled} labelled {part.period.unit}s in the {name} range {part}, expected at least {least}. "
                "Ingest what is missing there first."
            )
