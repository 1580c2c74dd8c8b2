"""The rows that a version was trained on, as Parquet files: the same rows give the same bytes.

There is one file for each month of periods, so that DVC, which keeps each content once, takes from one training to the
next only the months in which something changed.
"""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lakeloop.config import LabelledUseCase

TRAINING_SET, HISTORY = "training_set", "history"
Month = tuple[str, pa.Table]


class NoSnapshotError(LookupError):
    """A folder holds no rows of a training."""


def files(
    use_case: LabelledUseCase, training_set: Iterable[Month], history: pd.DataFrame | None
) -> Iterator[tuple[str, bytes]]:
    """Path and content: ``training_set/2017-01.parquet``, ..., and ``history/...`` when a baseline looks back.

    Args:
        training_set: of :func:`by_month`, or month by month from the table.
        history: what :func:`lakeloop.lifecycle.training.data.read_history` gave, in any order.
    """
    parts = {TRAINING_SET: training_set}
    if history is not None:
        order = [use_case.period.column, *use_case.entity.keys]
        parts[HISTORY] = by_month(history.sort_values(order, ignore_index=True), use_case.period.column)
    for name, months in parts.items():
        for month, table in months:
            # Spark's or pandas' own metadata would change the bytes with their version
            yield f"{name}/{month}.parquet", _parquet(table.replace_schema_metadata(None))


def by_month(frame: pd.DataFrame, period: str) -> Iterator[Month]:
    """Name and rows of each month, sorted as `frame` is; all months have the columns' types of the whole frame."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    months = frame[period].map(lambda as_of: f"{as_of:%Y-%m}")
    for month, rows in months.groupby(months, sort=True).indices.items():
        yield str(month), table.take(pa.array(rows))


def read(folder: Path) -> pd.DataFrame:
    """The rows of ``<snapshot>/training_set`` or ``<snapshot>/history``, in order. Raises NoSnapshotError."""
    found = sorted(folder.glob("*.parquet"))
    if not found:
        raise NoSnapshotError(f"{folder} holds no Parquet file, expected one for each month")
    return pa.concat_tables([pq.read_table(file) for file in found]).to_pandas()


def _parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, version="2.6", compression="zstd", compression_level=3)
    return buffer.getvalue()
