"""Tables of events to events in their order, and rows of features to tables."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from .errors import EventError
from .fields import Fields


def events_in_order(events: pa.Table | pd.DataFrame, fields: Fields) -> list[dict[str, Any]]:
    """Events with the fields that are needed, by time and id; the time is in ms since 1970.

    Raises:
        EventError: a column is missing, or a time has no time zone.
    """
    missing = [name for name in fields.names if name not in _columns(events)]
    if missing:
        raise EventError(
            f"the events have no column {', '.join(missing)}; they have {', '.join(_columns(events))}"
        )
    selected = _selected(events, fields.names)
    found: list[dict[str, Any]] = _with_milliseconds(selected, fields.time).to_pylist()
    for event in found:
        event[fields.time] = fields.moment(event)
    return sorted(found, key=lambda event: (event[fields.time], event[fields.id]))


def feature_table(
    id_field: str, events: Sequence[dict[str, Any]], names: Sequence[str], rows: Sequence[list[float]]
) -> pa.Table:
    """The ids of events with a column of doubles for each feature."""
    ids = pa.array([event[id_field] for event in events])
    values = np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
    return pa.table([ids, *(pa.array(column) for column in values.T)], names=[id_field, *names])


def _columns(events: pa.Table | pd.DataFrame) -> list[str]:
    return list(events.column_names if isinstance(events, pa.Table) else events.columns)


def _selected(events: pa.Table | pd.DataFrame, names: list[str]) -> pa.Table:
    if isinstance(events, pa.Table):
        return events.select(names)
    return pa.Table.from_pandas(events[names], preserve_index=False)


def _with_milliseconds(events: pa.Table, time: str) -> pa.Table:
    column = events[time]
    if not pa.types.is_timestamp(column.type):
        return events
    if column.type.tz is None:
        raise EventError(
            f"column {time} holds times without a time zone ({column.type}), expected times in UTC; "
            "say which zone they are in, such as by tz_localize"
        )
    milliseconds = column.cast(pa.timestamp("ms", column.type.tz), safe=False).cast(pa.int64())
    return events.set_column(events.column_names.index(time), time, milliseconds)
