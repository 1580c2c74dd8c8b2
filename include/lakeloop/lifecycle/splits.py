"""A split by time: training ends before the holdout's answers could have been known.

A row of week w is labelled from weeks w+1..w+horizon, so the last `gap` weeks before the holdout carry labels
that overlap it. They are used by neither side.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd


class TooFewWeeksError(ValueError):
    """There are not enough labelled weeks for the split that the use case asks for."""


@dataclass(frozen=True)
class WeekRange:
    """Whole weeks from `first` to `last`, both included (0-based, from 2017-01-01)."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    @classmethod
    def parse(cls, text: str) -> "WeekRange":
        """The range that `str` of it gave, e.g. "40-48". Raises ValueError for anything else."""
        first, dash, last = text.partition("-")
        if not (dash and first.isdigit() and last.isdigit() and int(first) <= int(last)):
            raise ValueError(f"{text!r} is no range of weeks, expected for example 40-48")
        return cls(int(first), int(last))

    def rows(self, frame: pd.DataFrame, week: str = "week") -> pd.DataFrame:
        """The rows of `frame` whose week lies in the range, in a frame of their own."""
        return frame[frame[week].between(self.first, self.last)].reset_index(drop=True)


@dataclass(frozen=True)
class Split:
    """`fit` grows the model, `early_stopping` tells it when to stop, `holdout` judges it once."""

    fit: WeekRange
    early_stopping: WeekRange
    holdout: WeekRange

    @property
    def train(self) -> WeekRange:
        """All weeks that training may see."""
        return WeekRange(self.fit.first, self.early_stopping.last)


def sliding_split(
    labelled_weeks: Iterable[int],
    holdout_weeks: int,
    gap_weeks: int,
    early_stopping_weeks: int = 4,
    min_fit_weeks: int = 1,
) -> Split:
    """The last `holdout_weeks` labelled weeks against everything earlier than `gap_weeks` before them.

    Raises TooFewWeeksError, with the number of weeks seen and needed, and ValueError for a split that
    makes no sense (a holdout or an early-stopping range of no weeks, a negative gap).
    """
    _require_sensible(holdout_weeks, gap_weeks, early_stopping_weeks, min_fit_weeks)
    weeks = sorted({int(week) for week in labelled_weeks})
    needed = holdout_weeks + gap_weeks + early_stopping_weeks + min_fit_weeks
    seen = weeks[-1] - weeks[0] + 1 if weeks else 0
    if seen < needed:
        raise TooFewWeeksError(
            f"{seen} labelled weeks, but the split needs {needed}: {holdout_weeks} holdout + {gap_weeks} gap "
            f"+ {early_stopping_weeks} early stopping + {min_fit_weeks} to fit. Ingest more weeks, or lower "
            "split.* in the use case's YAML."
        )
    holdout = WeekRange(weeks[-1] - holdout_weeks + 1, weeks[-1])
    train_last = holdout.first - gap_weeks - 1
    fit = WeekRange(weeks[0], train_last - early_stopping_weeks)
    split = Split(fit, WeekRange(fit.last + 1, train_last), holdout)
    _require_rows(split, weeks)
    return split


def _require_sensible(holdout: int, gap: int, early_stopping: int, fit: int) -> None:
    for name, value, least in [
        ("holdout_weeks", holdout, 1),
        ("gap_weeks", gap, 0),
        ("early_stopping_weeks", early_stopping, 1),
        ("min_fit_weeks", fit, 1),
    ]:
        if value < least:
            raise ValueError(f"{name} is {value}, expected at least {least}")


def _require_rows(split: Split, weeks: list[int]) -> None:
    """Weeks may be missing in the middle (a late delivery), but no part may be without any."""
    for name, part in [
        ("fit", split.fit),
        ("early stopping", split.early_stopping),
        ("holdout", split.holdout),
    ]:
        if not any(part.first <= week <= part.last for week in weeks):
            raise TooFewWeeksError(
                f"no labelled week in the {name} range {part}; labelled weeks are {weeks}. "
                "Ingest the missing weeks first."
            )
