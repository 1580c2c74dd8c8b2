"""Writes to the landing zone what had arrived by the end of a day.

``<landing>/<table>/date=2017-02-05/<table>-2017-02-05.json.gz``: what was delivered that day, in the table's format;
JSON lines are gzipped. The same call gives the same bytes; a key that exists is never written again, so a replay can be
repeated or continued. Not even with another share of dirt: what arrived has been read, and Auto Loader reads no file
twice.
"""

import gzip
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from botocore.exceptions import ClientError

from lakeloop.config import FileSource, Target
from lakeloop.config.source import FileTable

from .dirt import check_share, dirty_lines
from .registry import Dataset, NoDataError, dataset

DIRT = 0.0005
GZIP_LEVEL = 5
UPLOADS_AT_ONCE = 8
WEDNESDAY = 2
ENDINGS = {"csv": "csv", "json": "json.gz", "parquet": "parquet"}


class MissingBucketError(LookupError):
    """The target's bucket does not exist, or these credentials may not see it."""


@dataclass(frozen=True)
class Delivery:
    """One file that arrived; `content` makes its bytes."""

    key: str
    rows: int
    content: Callable[[], bytes]


@dataclass(frozen=True)
class Report:
    """What one replay did."""

    uri: str
    through: date
    written: int
    already_there: int
    rows: int

    def __str__(self) -> str:
        kept = f", {self.already_there} were there already" if self.already_there else ""
        return f"{self.uri}: through {self.through}, {self.written} files ({self.rows:,} rows) written{kept}"


def replay(source: FileSource, target: Target, through: date, s3: Any, dirt: float = DIRT) -> Report:
    """Write every delivery up to the end of the day `through` that is not there yet.

    Args:
        through: a day in the source's time zone.
        s3: a boto3 S3 client.
        dirt: share of dirty lines beside the real ones in JSON deliveries; 0 for none, and no file sent twice.

    Raises:
        NoDatasetError: there are no data for this source.
        NoDataError: a day outside the data, a table or a column that the data do not have.
        ValueError: a share of dirt that is none.
        MissingBucketError: the bucket does not exist.
    """
    check_share(dirt)
    planned = plan(source, through, dirt)
    present = _present(s3, target.bucket, f"{source.landing}/")
    deliveries = [delivery for delivery in planned if delivery.key not in present]
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        list(pool.map(lambda d: s3.put_object(Bucket=target.bucket, Key=d.key, Body=d.content()), deliveries))
    rows = sum(d.rows for d in deliveries)
    kept = len(planned) - len(deliveries)
    return Report(target.landing_uri(source), through, len(deliveries), kept, rows)


def plan(source: FileSource, through: date, dirt: float = DIRT) -> list[Delivery]:
    """All deliveries up to the end of the day `through`, in the order of their keys."""
    data = dataset(source.name)
    _check_day(data, through)
    found = [
        delivery
        for name, table in source.tables.items()
        for delivery in _of_table(source, name, table, data, through, dirt)
    ]
    return sorted(found, key=lambda delivery: delivery.key)


def _of_table(
    source: FileSource, name: str, table: FileTable, data: Dataset, through: date, dirt: float
) -> Iterator[Delivery]:
    rows = data.arrivals(name, list(table.columns), source.timezone)
    segment = source.arrival.segment
    for day, part in rows[rows["arrival"] <= through].groupby("arrival", sort=True):
        stem = f"{source.landing}/{name}/{segment}={day}/{name}-{day}"
        yield from _files(stem, table, day, part.drop(columns="arrival"), dirt)  # type: ignore[arg-type]


def _files(stem: str, table: FileTable, day: date, part: pd.DataFrame, dirt: float) -> Iterator[Delivery]:
    ending = ENDINGS[table.format]
    content = {
        "csv": lambda: part.to_csv(index=False).encode(),
        "json": lambda: _json(part, dirt, table),
        "parquet": lambda: _parquet(part),
    }[table.format]
    yield Delivery(f"{stem}.{ending}", len(part), content)
    if dirt and table.format == "json" and day.weekday() == WEDNESDAY:
        # sent twice, under another name
        yield Delivery(f"{stem}-resent.{ending}", len(part), content)


def _parquet(part: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    part.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _json(part: pd.DataFrame, dirt: float, table: FileTable) -> bytes:
    text = part.to_json(orient="records", lines=True, date_format="iso", date_unit="s")
    lines = text.splitlines()
    numbers = (name for name, column in table.columns.items() if column.type == "double")
    number = next((name for name in numbers if name not in table.keys), None)
    added = dirty_lines(lines, dirt, number, table.event_time) if number else []
    return gzip.compress(("\n".join([*lines, *added]) + "\n").encode(), GZIP_LEVEL, mtime=0)


def _check_day(data: Dataset, through: date) -> None:
    first, last = data.FIRST_DAY, data.HORIZONS[1]
    if not first <= through <= last:
        raise NoDataError(f"{through}: the data reach from {first} to {last}")


def _present(s3: Any, bucket: str, prefix: str) -> set[str]:
    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {item["Key"] for page in pages for item in page.get("Contents", [])}
    except ClientError as error:
        raise MissingBucketError(
            f"bucket {bucket} cannot be listed ({error.response['Error']['Code']}); create it, or correct `bucket` "
            "in include/lakeloop/config/targets.yaml and the credentials"
        ) from error
