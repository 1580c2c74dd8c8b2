"""What `limit` allows, tried with a real Delta table on disk and another engine's VACUUM (delta-rs)."""

import json
import math
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from lakeloop.lifecycle.retention import Limit, limit

GAP = timedelta(days=10)  # between two versions
VERSIONS = 5
MOMENTS = ("timestamp", "modificationTime", "deletionTimestamp", "inCommitTimestamp")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Five versions, made anew every ten days, the last one ten days ago."""
    folder = tmp_path / "table"
    for version in range(VERSIONS):
        write_deltalake(folder, pa.table({"x": [version]}), mode="overwrite")
        age(folder, GAP)
    return folder


def age(folder: Path, by: timedelta) -> None:
    """All that the table knows of, files and commits, happened earlier by so much."""
    millis = int(by.total_seconds() * 1000)
    for file in folder.rglob("*"):
        if file.suffix == ".json":
            names = "|".join(MOMENTS)
            text = file.read_text(encoding="utf-8")
            earlier = re.sub(rf'"({names})":(\d+)', lambda m: f'"{m[1]}":{int(m[2]) - millis}', text)
            file.write_text(earlier, encoding="utf-8")
        then = file.stat().st_mtime - by.total_seconds()
        os.utime(file, (then, then))


def allowed(folder: Path, *needed: int) -> Limit:
    history = DeltaTable(folder).history()
    commits = {entry["version"]: datetime.fromtimestamp(entry["timestamp"] / 1000, UTC) for entry in history}
    whos = {version: (f"model version {version}",) for version in needed}
    return limit("a.b", whos, commits, datetime.now(UTC), margin=timedelta(hours=1))


def vacuum(folder: Path, keep: timedelta) -> list[int]:
    """Clean up; returns the versions that can still be read."""
    hours = math.ceil(keep.total_seconds() / 3600)
    DeltaTable(folder).vacuum(retention_hours=hours, dry_run=False, enforce_retention_duration=False)
    return [version for version in range(VERSIONS) if _readable(folder, version)]


def _readable(folder: Path, version: int) -> bool:
    try:
        return DeltaTable(folder, version=version).to_pyarrow_table()["x"].to_pylist() == [version]
    except (FileNotFoundError, OSError):
        return False


@pytest.mark.parametrize("needed", range(VERSIONS))
def test_a_needed_version_and_all_after_it_stay_and_all_before_it_go(table: Path, needed: int) -> None:
    assert vacuum(table, allowed(table, needed, VERSIONS - 1).files) == list(range(needed, VERSIONS))


def test_an_hour_less_than_the_margin_would_have_taken_it(table: Path) -> None:
    """So that the test above could fail."""
    assert vacuum(table, allowed(table, 2).files - timedelta(hours=3)) == [3, 4]


def test_the_history_that_is_aged_is_the_tables_own(table: Path) -> None:
    ages = [
        datetime.now(UTC).timestamp() - entry["timestamp"] / 1000 for entry in DeltaTable(table).history()
    ]
    days = [round(age / 86400) for age in ages]

    assert days == [10, 20, 30, 40, 50]
    assert json.loads((table / "_delta_log" / f"{0:020}.json").read_text().splitlines()[0])
