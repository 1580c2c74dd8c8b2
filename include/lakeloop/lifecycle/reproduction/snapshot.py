"""The rows that a version was trained on, as Parquet files: the same rows give the same bytes.

There is one file for each month of periods, so that DVC, which keeps each content once, takes from one training to the
next only the months in which something changed.
"""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lakeloop.config import UseCase

TRAINING_SET, HISTORY = "training_set", "history"


class NoSnapshotError(LookupError):
    """A folder holds no rows of a training."""


def files(use_case: UseCase, frame: pd.DataFrame, history: pd.DataFrame | None) -> dict[str, bytes]:
    """Content by path: ``training_set/2017-01.parquet``, ..., and ``history/...`` when a baseline looks back.

    Args:
        frame: what :func:`lakeloop.lifecycle.training.data.read_training_set` gave, sorted as it sorts.
        history: what ``read_history`` gave, in any order.
    """
    parts = {TRAINING_SET: frame}
    if history is not None:
        parts[HISTORY] = history.sort_values(
            [use_case.period.column, *use_case.entity.keys], ignore_index=True
        )
    return {
        f"{name}/{month}.parquet": content
        for name, part in parts.items()
        for month, content in _by_month(part, use_case.period.column)
    }


def read(folder: Path) -> pd.DataFrame:
    """The rows of ``<snapshot>/training_set`` or ``<snapshot>/history``, in order. Raises NoSnapshotError."""
    found = sorted(folder.glob("*.parquet"))
    if not found:
        raise NoSnapshotError(f"{folder} holds no Parquet file, expected one for each month")
    return pa.concat_tables([pq.read_table(file) for file in found]).to_pandas()


def size(content: Mapping[str, bytes]) -> int:
    """Bytes of all files."""
    return sum(len(part) for part in content.values())


def _by_month(frame: pd.DataFrame, period: str) -> Iterator[tuple[str, bytes]]:
    """Name and content for each month; all months have the columns' types of the whole frame."""
    # pandas' own metadata would change the bytes with its version
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    months = frame[period].map(lambda as_of: f"{as_of:%Y-%m}")
    for month, rows in months.groupby(months, sort=True).indices.items():
        yield str(month), _parquet(table.take(pa.array(rows)))


def _parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, version="2.6", compression="zstd", compression_level=3)
    return buffer.getvalue()
