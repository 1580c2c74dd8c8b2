"""Which data stand behind which source; a source of your own needs none."""

from collections.abc import Sequence
from datetime import date, datetime
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType
from typing import Protocol, cast

import pandas as pd

MODULES = {"cards": "lakeloop_datasets.card_events", "retail": "lakeloop_datasets.completejourney"}


class NoDatasetError(LookupError):
    """No data can be replayed for a source."""


class NoDataError(ValueError):
    """A dataset has no such table or column, or nothing of that day."""


class Days(Protocol):
    """When the data are of.

    `HORIZONS`: the two days through which ``lakeloop run`` replays; the second is the last day with data.
    """

    FIRST_DAY: date
    HORIZONS: tuple[date, date]


class Dataset(Days, Protocol):
    """What a module of data offers for a source of files."""

    def arrivals(self, table: str, columns: Sequence[str], timezone: str) -> pd.DataFrame:
        """The rows of one table with `columns` and ``arrival``, the local day they were delivered on."""


class EventDataset(Days, Protocol):
    """What a module of data offers for a source of events; its days are in UTC."""

    def events(self, table: str, columns: Sequence[str], before: datetime) -> pd.DataFrame:
        """The rows of one table with `columns` and ``arrival`` (UTC) earlier than `before`, in the order of arrival."""


def dataset(source: str) -> Dataset:
    """The data of a source of files, by its name. Raises NoDatasetError naming the sources that have some."""
    return cast(Dataset, _module(source))


def event_dataset(source: str) -> EventDataset:
    """The data of a source of events, by its name. Raises NoDatasetError naming the sources that have some."""
    return cast(EventDataset, _module(source))


def days(source: str) -> Days:
    """When the data of a source of any kind are of. Raises NoDatasetError naming the sources that have some."""
    return cast(Days, _module(source))


def _module(source: str) -> ModuleType:
    if source not in MODULES:
        near = get_close_matches(source, MODULES, n=1)
        raise NoDatasetError(
            f"source {source} has no data to replay{f', did you mean {near[0]}?' if near else ';'} "
            f"there are data for {', '.join(sorted(MODULES))}. Put its own files below its landing prefix, or its own "
            "events into its topics, instead."
        )
    return import_module(MODULES[source])
