"""Whether the Delta versions that a version was trained on still hold the rows of its snapshot."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from lakeloop.config import Target, UseCase
from lakeloop.lifecycle.reproduction import snapshot
from lakeloop.lifecycle.reproduction.digest import digest
from lakeloop.lifecycle.reproduction.pinning import SNAPSHOT
from lakeloop.lifecycle.session import spark_session
from lakeloop.lifecycle.time_travel import VersionGoneError
from lakeloop.lifecycle.training.data import read_columns

from .comparison import SHOWN, Line
from .version import PinnedVersion

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def delta_lines(
    target: Target, use_case: UseCase, version: PinnedVersion, folder: Path, environment: Mapping[str, str]
) -> list[Line]:
    """Those of :func:`delta_agrees`; where no Spark is named, one that says so."""
    if "SPARK_REMOTE" not in environment:
        return [Line("Delta versions", "", "not looked at: SPARK_REMOTE names no Spark", None)]
    versions = {table: int(number) for table, number in version.json("data_versions").items()}
    return delta_agrees(spark_session(target.catalog), use_case, versions, folder / SNAPSHOT)


def delta_agrees(
    spark: "SparkSession", use_case: UseCase, versions: dict[str, int], folder: Path
) -> list[Line]:
    """A line for each part of the snapshot in `folder`; one whose table was cleaned up decides nothing."""
    parts = {snapshot.TRAINING_SET: use_case.gold("training_set"), snapshot.HISTORY: use_case.gold("labels")}
    return [
        _line(spark, use_case, table, versions[table], snapshot.read(folder / part))
        for part, table in parts.items()
        if (folder / part).is_dir()
    ]


def _line(spark: "SparkSession", use_case: UseCase, table: str, version: int, kept: pd.DataFrame) -> Line:
    what, then = f"{table} version {version}", digest(kept)
    try:
        now = digest(read_columns(spark, use_case, table, version, list(kept.columns)))
    except VersionGoneError:
        return Line(what, then[:SHOWN], "gone from Delta; the snapshot has it", None)
    return Line(what, then[:SHOWN], now[:SHOWN], then == now)
