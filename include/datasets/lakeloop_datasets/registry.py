"""Which data stand behind which source; a source of your own needs none."""

from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from importlib import import_module
from typing import Protocol, cast

import pandas as pd

MODULES = {"retail": "lakeloop_datasets.completejourney"}


class NoDatasetError(LookupError):
    """No data can be replayed for a source."""


class NoDataError(ValueError):
    """A dataset has no such table or column, or nothing of that day."""


class Dataset(Protocol):
    """What a module of data offers.

    `HORIZONS`: the two days through which ``lakeloop run`` replays; the second is the last day with data.
    """

    FIRST_DAY: date
    HORIZONS: tuple[date, date]

    def arrivals(self, table: str, columns: Sequence[str], timezone: str) -> pd.DataFrame:
        """The rows of one table with `columns` and ``arrival``, the local day they were delivered on."""


def dataset(source: str) -> Dataset:
    """The data of a source, by its name. Raises NoDatasetError naming the sources that have some."""
    if source not in MODULES:
        near = get_close_matches(source, MODULES, n=1)
        raise NoDatasetError(
            f"source {source} has no data to replay{f', did you mean {near[0]}?' if near else ';'} "
            f"there are data for {', '.join(sorted(MODULES))}. Put its own files below its landing prefix instead."
        )
    return cast(Dataset, import_module(MODULES[source]))
