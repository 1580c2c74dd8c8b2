"""Which Delta versions are still needed, and by whom; VACUUM goes up to there and no further.

VACUUM removes files that a commit took out of the table longer ago than `delta.deletedFileRetentionDuration`. A version
keeps all its files as long as that duration reaches back before the commit that came after it. The duration is set as a
property of the table, since serverless compute honours no other (https://docs.delta.io/latest/table-properties.html).

The log is never shortened: a version is read from the checkpoint before it and all commits since, which Delta's cleanup
by time does not keep together, and the log is a few kilobytes a commit.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lakeloop.config import UseCase
from lakeloop.lifecycle.deployment.ledger import LedgerRow, changes
from lakeloop.lifecycle.published import PublishedFeatures

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion
    from pyspark.sql import SparkSession

# Beyond what is needed: readers and writers that are at work, and clocks that differ. It is Delta's own default.
MARGIN = timedelta(days=7)
# Between two runs, and as dbt sets it: a VACUUM that knows of no need removes nothing.
KEEP_ALL = "interval 3650 days"
FILES, LOG = "delta.deletedFileRetentionDuration", "delta.logRetentionDuration"
Needs = Mapping[str, Mapping[int, tuple[str, ...]]]  # table -> version -> who needs it


class NeededError(ValueError):
    """A VACUUM was asked to go further than what is needed allows."""


@dataclass(frozen=True)
class Limit:
    """How long the files of `table` have to be kept.

    `gone`: versions that are needed and no longer there. `bound_by`: the version whose files come first, and who needs
    it; None when only the newest version is needed.
    """

    table: str
    files: timedelta
    gone: tuple[int, ...]
    bound_by: tuple[int, tuple[str, ...]] | None


def needs(
    use_case: UseCase,
    living: Iterable["ModelVersion"],
    ledger: Sequence[LedgerRow],
    publications: Sequence[PublishedFeatures],
    since: datetime,
) -> Needs:
    """Who needs which version of which table.

    Args:
        living: champion and challenger.
        ledger: all rows: each version that served may serve again.
        since: publications from then on may be scored again; the newest is always needed.
    """
    found: dict[str, dict[int, tuple[str, ...]]] = {}

    def note(versions: Mapping[str, int], who: str) -> None:
        for table, version in versions.items():
            known = found.setdefault(table, {}).get(int(version), ())
            found[table][int(version)] = known if who in known else (*known, who)

    for version in living:
        note(json.loads(version.tags.get("data_versions", "{}")), f"model version {version.version}")
    for row in changes(ledger):
        note(json.loads(row.data_versions or "{}"), f"model version {row.to_version}")
    for publication in publications:
        if publication.published_at >= since or publication is publications[-1]:
            when = f"{publication.published_at:%Y-%m-%d %H:%M} UTC"
            note(publication.data_versions(use_case), f"the publication of {when}")
    return found


def limit(
    table: str,
    needed: Mapping[int, tuple[str, ...]],
    commits: Mapping[int, datetime],
    moment: datetime,
    margin: timedelta = MARGIN,
) -> Limit:
    """How far a VACUUM of `table` at `moment` may go.

    Args:
        needed: version -> who.
        commits: version -> when it was committed, of all versions that Delta still lists.
    """
    there = sorted(set(needed) & set(commits))
    replaced = {version: _next(version, commits) for version in there}
    bounds = {version: when for version, when in replaced.items() if when is not None}
    first = min(bounds, key=lambda version: bounds[version], default=None)
    files = margin + (moment - bounds[first] if first is not None else timedelta())
    gone = tuple(sorted(set(needed) - set(commits)))
    return Limit(table, files, gone, None if first is None else (first, needed[first]))


def require(found: Limit, needed: Mapping[int, tuple[str, ...]], asked: timedelta) -> None:
    """Raises NeededError when a VACUUM that keeps only `asked` would remove files of a needed version."""
    if asked >= found.files:
        return
    version, who = found.bound_by or (max(needed, default=0), ("whoever reads or writes it now",))
    raise NeededError(
        f"{found.table} cannot be vacuumed down to {_hours(asked)} hours: version {version} is needed by "
        f"{', '.join(who)}, and its files have to be kept for {_hours(found.files)} hours. Ask for at least that, or "
        "leave the hours out."
    )


def commits(spark: "SparkSession", table: str) -> dict[int, datetime]:
    """When each version that Delta still lists was committed (UTC); empty for a table that is gone altogether."""
    if not spark.catalog.tableExists(table):
        return {}
    rows = spark.sql(f"DESCRIBE HISTORY {table}").select("version", "timestamp").collect()
    return {int(row["version"]): row["timestamp"].astimezone(UTC) for row in rows}


def vacuum(spark: "SparkSession", found: Limit, asked: timedelta | None = None) -> None:
    """Remove what `found`, or longer ago than `asked`, allows; afterwards a plain VACUUM removes nothing again.

    A run that is killed in between leaves a table whose plain VACUUM keeps what `found` says, which is enough for
    `MARGIN`; the next run, and the next transform, set it right.
    """
    keep = max(found.files, asked or timedelta())
    try:
        _keep_files(spark, found.table, _interval(keep))
        spark.sql(f"VACUUM {found.table}")
    finally:
        _keep_files(spark, found.table, KEEP_ALL)


def _keep_files(spark: "SparkSession", table: str, how_long: str) -> None:
    """The log too is kept for ever from then on, also of a table that was made with Delta's 30 days."""
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('{FILES}' = '{how_long}', '{LOG}' = '{KEEP_ALL}')")


def _next(version: int, commits: Mapping[int, datetime]) -> datetime | None:
    """When the version was replaced by the next; None for the newest."""
    return min((when for later, when in commits.items() if later > version), default=None)


def _interval(kept: timedelta) -> str:
    return f"interval {math.ceil(kept.total_seconds())} seconds"


def _hours(kept: timedelta) -> int:
    return math.ceil(kept.total_seconds() / 3600)
