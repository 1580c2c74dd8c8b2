"""Whether the Delta versions that a version was trained on still hold the rows of its snapshot."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pandas as pd

from lakeloop.config import LabelledUseCase, Target
from lakeloop.lifecycle.features import MissingColumnError, MissingTableError
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

CONNECT_PORT = 15002  # Spark's own default


def delta_lines(
    target: Target,
    use_case: LabelledUseCase,
    version: PinnedVersion,
    folder: Path,
    environment: Mapping[str, str],
) -> list[Line]:
    """Those of :func:`delta_agrees`; where no Spark is named, or none answers, one that says so."""
    why_not = _why_not(environment.get("SPARK_REMOTE", ""))
    if why_not:
        return [Line("Delta versions", "", f"not looked at: {why_not}", None)]
    versions = {table: int(number) for table, number in version.json("data_versions").items()}
    return delta_agrees(spark_session(target.catalog), use_case, versions, folder / SNAPSHOT)


def delta_agrees(
    spark: "SparkSession", use_case: LabelledUseCase, versions: dict[str, int], folder: Path
) -> list[Line]:
    """A line for each part of the snapshot in `folder`; one whose table was cleaned up decides nothing."""
    parts = {snapshot.TRAINING_SET: use_case.gold("training_set"), snapshot.HISTORY: use_case.gold("labels")}
    return [
        _line(spark, use_case, table, versions[table], snapshot.read(folder / part))
        for part, table in parts.items()
        if table in versions and (folder / part).is_dir()
    ]


def _why_not(remote: str) -> str | None:
    """Asked before Spark's client, which would try for ten minutes."""
    if not remote:
        return "SPARK_REMOTE names no Spark"
    found = urlsplit(remote)
    try:
        socket.create_connection((found.hostname or "", found.port or CONNECT_PORT), timeout=5).close()
    except OSError as error:
        return f"no Spark answers at {found.hostname}:{found.port or CONNECT_PORT} ({error})"
    return None


def _line(
    spark: "SparkSession", use_case: LabelledUseCase, table: str, version: int, kept: pd.DataFrame
) -> Line:
    what, then = f"{table} version {version}", digest(kept)
    try:
        now = digest(read_columns(spark, use_case, table, version, list(kept.columns)))
    except (VersionGoneError, MissingTableError, MissingColumnError):
        return Line(what, then[:SHOWN], "gone from Delta; the snapshot has it", None)
    return Line(what, then[:SHOWN], now[:SHOWN], then == now)
