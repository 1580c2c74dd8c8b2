"""Card payments and the reports of frauds among them, as they arrive: docs/fraud-process.md says how they are made."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache

import pandas as pd

from .cards import Cards, generate
from .registry import NoDataError

FIRST_DAY = date(2025, 1, 1)
# History to learn from, then some days that a model decides on while they arrive.
HORIZONS = (date(2025, 7, 6), date(2025, 7, 9))
ARRIVES = {"transactions": "event_time", "reports": "reported_at"}


def events(table: str, columns: Sequence[str], before: datetime) -> pd.DataFrame:
    """The rows of one table with `columns` and ``arrival`` (UTC) earlier than `before`, in the order of arrival.

    A payment arrives when it happens, a report when it is made.
    Raises NoDataError for a table or a column that the data do not have.
    """
    if table not in ARRIVES:
        raise NoDataError(f"card payments have no table {table!r}; they have {', '.join(ARRIVES)}")
    frame: pd.DataFrame = getattr(_made(), table)
    missing = [column for column in columns if column not in frame]
    if missing:
        raise NoDataError(
            f"{table} has no column {', '.join(missing)}; it has {', '.join(frame.columns)}. "
            "Correct `columns` in the source's YAML."
        )
    arrived = frame[frame[ARRIVES[table]] < pd.Timestamp(before)]
    return arrived[list(columns)].assign(arrival=arrived[ARRIVES[table]])


@cache
def _made() -> Cards:
    return generate(FIRST_DAY, (HORIZONS[1] - FIRST_DAY).days + 1)
