"""Which periods a model learns from, and of which the questions judge it.

A question asks what comes within the horizon: of the newest period it can be judged once that has passed. Between the
two parts lies no gap, because a model learns of nothing later than its own periods, answers included.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from lakeloop.config import RankingUseCase
from lakeloop.config.use_case import Period
from lakeloop.lifecycle.night import parse
from lakeloop.lifecycle.published import PublishedFeatures
from lakeloop.lifecycle.training.splits import PeriodRange, TooFewPeriodsError


@dataclass(frozen=True)
class Parts:
    """`train` is learnt from, questions of `holdout` judge."""

    train: PeriodRange
    holdout: PeriodRange

    @classmethod
    def of_tags(cls, tags: Mapping[str, str], period: Period) -> "Parts":
        """The parts that a training run was tagged with."""
        return cls(*(PeriodRange.parse(tags[name], period) for name in ("fit", "holdout")))

    def learnt_from(self, table: pd.DataFrame) -> pd.DataFrame:
        """The interactions that a candidate may know."""
        return table[table["at"] < ms_at_end(self.train.period, self.train.last)]

    def known(self, table: pd.DataFrame, horizon: int) -> pd.DataFrame:
        """Those, the holdout's, and what answers its questions within `horizon` periods."""
        return table[table["at"] < ms_at_end(self.holdout.period, self.holdout.last + horizon)]


def parts_of(use_case: RankingUseCase, table: pd.DataFrame, published: PublishedFeatures) -> Parts:
    """The newest answered periods judge, and all before them train. Raises TooFewPeriodsError."""
    period, split = use_case.period, use_case.split
    begins = pd.Timestamp(table["at"].min(), unit="ms", tz="UTC").tz_convert(period.timezone)
    first = period.index(begins.date())
    newest = period.index(parse(use_case, published.newest_as_of)) - use_case.answered_after
    seen = newest - first + 1
    if seen < split.needed:
        raise TooFewPeriodsError(
            f"{max(seen, 0)} answered {period.unit}s, but the split needs {split.needed}: {split.min_train} to learn "
            f"from (split.min_train) + {split.holdout} holdout. Ingest more {period.unit}s, or lower split.* in the "
            "use case's YAML."
        )
    boundary = newest - split.holdout
    return Parts(PeriodRange(period, first, boundary), PeriodRange(period, boundary + 1, newest))


def ms_at_end(period: Period, index: int) -> int:
    """Milliseconds since 1970 at the end of a period."""
    return int(period.ends_at(index).timestamp() * 1000)
