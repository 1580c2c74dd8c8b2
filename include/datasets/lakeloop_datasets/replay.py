"""Writes to the landing zone what had arrived by the end of a week.

``<landing>/transactions/week=05/2017-02-05.json.gz``: one file a day, gzipped JSON lines;
``<landing>/<other source>/week=05/<source>-2017-02-05.csv``: what was delivered that day.
The same call gives the same bytes; a key that exists is never written again, so a replay can be repeated or continued.
Not even with another share of dirt: what arrived has been read, and Auto Loader reads no file twice.
"""

import gzip
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from botocore.exceptions import ClientError

from lakeloop.config import Target, UseCase
from lakeloop.config.use_case import Source

from .completejourney import NoDataError, arrivals, last_week
from .dirt import check_share, dirty_lines

DIRT = 0.0005
GZIP_LEVEL = 5
UPLOADS_AT_ONCE = 8
WEDNESDAY = 2


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
    through_week: int
    written: int
    already_there: int
    rows: int

    def __str__(self) -> str:
        kept = f", {self.already_there} were there already" if self.already_there else ""
        return f"{self.uri}: through week {self.through_week}, {self.written} files ({self.rows:,} rows) written{kept}"


def replay(use_case: UseCase, target: Target, through_week: int, s3: Any, dirt: float = DIRT) -> Report:
    """Write every delivery of weeks 0..`through_week` that is not there yet.

    Args:
        through_week: 0-based week, from the use case's first day.
        s3: a boto3 S3 client.
        dirt: share of dirty lines beside the real ones in JSON deliveries; 0 for none, and no file sent twice.

    Raises:
        NoDataError: a week after the last one, a source or a column that the data do not have.
        ValueError: a share of dirt that is none.
        MissingBucketError: the bucket does not exist.
    """
    _check_week(use_case, through_week)
    check_share(dirt)
    present = _present(s3, target.bucket, f"{use_case.landing}/")
    planned = plan(use_case, through_week, dirt)
    deliveries = [delivery for delivery in planned if delivery.key not in present]
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        list(pool.map(lambda d: s3.put_object(Bucket=target.bucket, Key=d.key, Body=d.content()), deliveries))
    rows = sum(d.rows for d in deliveries)
    kept = len(planned) - len(deliveries)
    return Report(target.landing_uri(use_case), through_week, len(deliveries), kept, rows)


def plan(use_case: UseCase, through_week: int, dirt: float = DIRT) -> list[Delivery]:
    """All deliveries of weeks 0..`through_week`, in the order of their keys."""
    found = [
        delivery
        for name, source in use_case.sources.items()
        for delivery in _of_source(use_case, name, source, through_week, dirt)
    ]
    return sorted(found, key=lambda delivery: delivery.key)


def _of_source(
    use_case: UseCase, name: str, source: Source, through_week: int, dirt: float
) -> Iterator[Delivery]:
    rows = arrivals(name, list(source.columns), use_case.question.first_day)
    for day, part in rows.groupby("arrival", sort=True):
        week = min(use_case.week_of(day), last_week(use_case.question.first_day))  # type: ignore[arg-type]
        if week <= through_week:
            folder = f"{use_case.landing}/{name}/week={week:02d}"
            yield from _files(folder, name, source, day, part.drop(columns="arrival"), dirt)  # type: ignore[arg-type]


def _files(
    folder: str, name: str, source: Source, day: date, part: pd.DataFrame, dirt: float
) -> Iterator[Delivery]:
    if source.format == "csv":
        yield Delivery(f"{folder}/{name}-{day}.csv", len(part), lambda: _csv(part))
        return
    yield Delivery(f"{folder}/{day}.json.gz", len(part), lambda: _json(part, dirt, source))
    if dirt and day.weekday() == WEDNESDAY:
        # sent twice, under another name
        yield Delivery(f"{folder}/{day}-resent.json.gz", len(part), lambda: _json(part, dirt, source))


def _csv(part: pd.DataFrame) -> bytes:
    return part.to_csv(index=False).encode()


def _json(part: pd.DataFrame, dirt: float, source: Source) -> bytes:
    text = part.to_json(orient="records", lines=True, date_format="iso", date_unit="s")
    lines = text.splitlines()
    number = next((c for c, t in source.columns.items() if t == "double" and c not in source.keys), None)
    added = dirty_lines(lines, dirt, number) if number else []
    return gzip.compress(("\n".join([*lines, *added]) + "\n").encode(), GZIP_LEVEL, mtime=0)


def _check_week(use_case: UseCase, through_week: int) -> None:
    last = last_week(use_case.question.first_day)
    if not 0 <= through_week <= last:
        raise NoDataError(f"week {through_week}: the data reach from week 0 to week {last}")


def _present(s3: Any, bucket: str, prefix: str) -> set[str]:
    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {item["Key"] for page in pages for item in page.get("Contents", [])}
    except ClientError as error:
        raise MissingBucketError(
            f"bucket {bucket} cannot be listed ({error.response['Error']['Code']}); create it, or correct `bucket` "
            "in include/lakeloop/config/targets.yaml and the credentials"
        ) from error
