"""Stretches of time that judge features, none of them the holdout: what is decided by them leaves that untouched."""

from lakeloop.config.use_case.labelled import Split
from lakeloop.lifecycle.training.splits import PeriodRange, TimeSplit, TooFewPeriodsError

Fold = tuple[PeriodRange, PeriodRange]


def time_folds(parts: TimeSplit, split: Split, count: int) -> list[Fold]:
    """At most `count` pairs of periods to train on and to judge by, oldest first.

    Each judges as many periods as `split.early_stopping` has; the newest one ends where training ends. It is trained on
    all that ends `split.gap` periods before.

    Raises TooFewPeriodsError when not even one leaves `split.min_train` periods to train on.
    """
    folds = [_fold(parts, split, parts.train.last - n * split.early_stopping) for n in reversed(range(count))]
    long_enough = [(train, judged) for train, judged in folds if len(train) >= split.min_train]
    if not long_enough:
        needed = split.min_train + split.gap + split.early_stopping
        raise TooFewPeriodsError(
            f"{len(parts.train)} {parts.train.period.unit}s before the holdout, but judging features needs {needed}: "
            f"{split.min_train} to train (split.min_train) + {split.gap} gap + {split.early_stopping} to judge by"
        )
    return long_enough


def _fold(parts: TimeSplit, split: Split, last: int) -> Fold:
    judged = PeriodRange(parts.train.period, last - split.early_stopping + 1, last)
    return PeriodRange(judged.period, parts.train.first, judged.first - split.gap - 1), judged
