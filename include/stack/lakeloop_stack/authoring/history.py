"""What a use case asks of time, against the days that the data of its source reach.

Only sources whose data can be replayed say before anything runs from when to when they reach; for others training says
the same once the files are there.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from lakeloop.config import LabelledUseCase, RankingUseCase, UseCase
from lakeloop.config.use_case.labelled import Split
from lakeloop.config.use_case.ranking import RankingSplit
from lakeloop.config.use_case.task import SeasonalNaive
from lakeloop_datasets import Days, NoDatasetError, days


def history_problems(use_case: UseCase, file: Path) -> list[str]:
    """One sentence for each thing that asks for more periods than the data of the source have."""
    try:
        data = days(use_case.source)
    except NoDatasetError:
        return []
    outside = _first_period(use_case, file, data)
    if outside:
        return outside
    if isinstance(use_case, LabelledUseCase):
        return [*_split(use_case, use_case.split, file, data), *_baselines(use_case, file, data)]
    assert isinstance(use_case, RankingUseCase)
    return [*_split(use_case, use_case.split, file, data)]


def _first_period(use_case: UseCase, file: Path, data: Days) -> list[str]:
    period, last = use_case.period, data.HORIZONS[1]
    begins_late = period.first > last
    ends_early = period.newest_over_on(data.FIRST_DAY) >= 0
    if not (begins_late or ends_early):
        return []
    return [
        f"{file}: period.first is {period.first}, but the data of source {use_case.source} reach from {data.FIRST_DAY} "
        f"to {last}; choose the {period.unit} in which they begin"
    ]


def _split(use_case: UseCase, split: Split | RankingSplit, file: Path, data: Days) -> Iterator[str]:
    seen = _labelled(use_case, data)
    if seen < split.needed:
        yield (
            f"{file}: split needs {split.needed} labelled {use_case.period.unit}s ({split}), but "
            f"the data of source {use_case.source} give {seen}; "
            "lower split.*, or question.active or question.horizon"
        )


def _baselines(use_case: LabelledUseCase, file: Path, data: Days) -> Iterator[str]:
    """A lag beyond all labels would find none, not even for the newest row."""
    most = _labelled(use_case, data) - 1
    for place, baseline in enumerate(use_case.baselines):
        if isinstance(baseline, SeasonalNaive) and baseline.lag > most:
            yield (
                f"{file}: baselines.{place}.lag is {baseline.lag}, but the data of source {use_case.source} have "
                f"labels of {most + 1} {use_case.period.unit}s; allowed are {use_case.question.horizon} to {most}"
            )


def _labelled(use_case: UseCase, data: Days) -> int:
    """How many periods can have labels: from the first that is active in full to the last whose horizon has passed.

    A ranking learns from interactions of the first period on.
    """
    first = 0 if isinstance(use_case, RankingUseCase) else use_case.question.active - 1
    newest = use_case.period.newest_over_on(data.HORIZONS[1] + timedelta(days=1))
    return max(0, newest - use_case.question.horizon - first + 1)
