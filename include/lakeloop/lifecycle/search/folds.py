"""Cross-validation by time: each fold is judged on periods that come after all that it learned from.

The newest training periods, `count` times `periods` of them, judge in turn. Before each of them lies what the train
notebook makes of a training set: periods that fit, a gap, early-stopping periods, a gap. Nothing is shuffled, and the
holdout is no part of it (Hyndman, Athanasopoulos, "Forecasting: Principles and Practice", section 5.10).
"""

from collections.abc import Sequence

import numpy as np

from lakeloop.config.use_case.labelled import Split
from lakeloop.config.use_case.search import Folds
from lakeloop.lifecycle.training.splits import PeriodRange, TimeSplit, TooFewPeriodsError


class OneClassError(ValueError):
    """A part of a fold holds one class only: nothing can be learned from it, or judged on it."""


def folds_by_time(train: PeriodRange, folds: Folds, split: Split) -> list[TimeSplit]:
    """The folds, oldest first; `holdout` of each is what it is judged on, and lies within `train`.

    Args:
        train: all periods that training may see.

    Raises TooFewPeriodsError with the number of periods there are and that are needed.
    """
    needed = split.min_train + 2 * split.gap + split.early_stopping + folds.count * folds.periods
    if len(train) < needed:
        raise TooFewPeriodsError(
            f"{len(train)} {train.period.unit}s to search on ({train}), but the folds need {needed}: {split.min_train} "
            f"to fit (split.min_train) + {split.gap} gap + {split.early_stopping} early stopping + {split.gap} gap + "
            f"{folds.count} x {folds.periods} (search.folds). Ingest more {train.period.unit}s, or lower search.folds."
        )
    ends = [train.last - back * folds.periods for back in reversed(range(folds.count))]
    return [_fold(train, end, folds.periods, split) for end in ends]


def _fold(train: PeriodRange, end: int, periods: int, split: Split) -> TimeSplit:
    judged = PeriodRange(train.period, end - periods + 1, end)
    stop = judged.first - split.gap - 1
    early_stopping = PeriodRange(train.period, stop - split.early_stopping + 1, stop)
    fit = PeriodRange(train.period, train.first, early_stopping.first - split.gap - 1)
    return TimeSplit(fit, early_stopping, judged)


def require_judgeable(folds: Sequence[TimeSplit], periods: np.ndarray, y: np.ndarray, task: str) -> None:
    """Raises TooFewPeriodsError for a part without rows, and for a binary task OneClassError.

    Args:
        periods: of each row, as a number (shape: rows).
        y: labels (shape: rows).
    """
    for number, fold in enumerate(folds, start=1):
        parts = {"fit": fold.fit, "early-stopping": fold.early_stopping, "judging": fold.holdout}
        for name, part in parts.items():
            seen = np.unique(y[(part.first <= periods) & (periods <= part.last)])
            where = f"the {name} {part.period.unit}s {part} of fold {number}"
            if not len(seen):
                raise TooFewPeriodsError(f"no rows in {where}; ingest what is missing there first")
            if task == "binary" and len(seen) < 2:
                raise OneClassError(
                    f"the label is always {seen[0]} in {where}, expected both 0 and 1; make search.folds.periods or "
                    "split.early_stopping larger, or look at how the label is made"
                )
