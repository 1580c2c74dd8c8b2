"""The nights that a bad version scored: which they are, and by what date the score DAG scores each again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lakeloop.config import UseCase
from lakeloop.lifecycle import sql
from lakeloop.lifecycle.deployment.ledger import LedgerRow
from lakeloop.lifecycle.night import NightRefusedError, moment_of, night
from lakeloop.lifecycle.published import PublishedFeatures, publications_through

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class BadNight:
    """A period whose scores are a version's.

    Args:
        as_of: the period, ISO.
        date: the parameter `date` by which the score DAG scores just this period; None: there is none any more.
    """

    as_of: str
    scored_at: datetime
    rows: int
    date: str | None


def bad_nights(
    run: sql.Run, use_case: UseCase, version: str, since: datetime, now: datetime
) -> list[BadNight]:
    """The periods whose scores are of `version` and were made at `since` or later, oldest first."""
    table, column = use_case.ml("scores"), use_case.period.column
    if not sql.table_exists(run, table):
        return []
    # seconds and days since 1970, because engines differ in the time zone that they put on moments
    position = f"unix_seconds({column})" if use_case.period.unit == "hour" else f"unix_date({column})"
    rows = run(
        f"SELECT {position} AS position, max(unix_micros(scored_at)) AS scored, count(*) AS entities FROM {table} "
        f"WHERE model_version = {sql.text(version)} AND scored_at >= {sql.moment(since)} GROUP BY 1 ORDER BY 1"
    )
    publications = publications_through(run, use_case) if rows else []
    return [_bad_night(use_case, publications, row, now) for row in rows]


def of_rollback(
    run: sql.Run, use_case: UseCase, rolled_back: LedgerRow, became_champion: LedgerRow, now: datetime
) -> list[BadNight]:
    """The nights that the version scored which `rolled_back` went away from, since it last `became_champion`."""
    bad = rolled_back.from_version
    return bad_nights(run, use_case, bad, became_champion.promoted_at, now) if bad else []


def _bad_night(
    use_case: UseCase, publications: Sequence[PublishedFeatures], row: dict[str, Any], now: datetime
) -> BadNight:
    as_of = _as_of(use_case, row["position"])
    scored_at, period = sql.from_micros(row["scored"]), use_case.period.index(as_of)
    asked = _asked_for(use_case, publications, period, as_of, scored_at, now)
    shown = None if asked is None else asked.isoformat()
    return BadNight(as_of.isoformat(), scored_at, int(row["entities"]), shown)


def _as_of(use_case: UseCase, position: int) -> date | datetime:
    moment = sql.EPOCH + timedelta(**{"seconds" if use_case.period.unit == "hour" else "days": position})
    return moment if use_case.period.unit == "hour" else moment.date()


def _asked_for(
    use_case: UseCase,
    publications: Sequence[PublishedFeatures],
    period: int,
    as_of: date | datetime,
    scored_at: datetime,
    now: datetime,
) -> date | datetime | None:
    """The night as it was scored; else the one right after the period; the first that leads to `period` by now."""
    if isinstance(as_of, datetime):
        candidates: list[date | datetime] = [scored_at, as_of + timedelta(hours=1)]
    else:
        scored_on = scored_at.astimezone(UTC).date()
        candidates = [scored_on, scored_on - ONE_DAY, as_of + ONE_DAY, as_of + 2 * ONE_DAY]
    return next(
        (asked for asked in candidates if _leads_to(use_case, publications, period, asked, now)), None
    )


def _leads_to(
    use_case: UseCase,
    publications: Sequence[PublishedFeatures],
    period: int,
    asked: date | datetime,
    now: datetime,
) -> bool:
    try:
        return night(use_case, moment_of(asked, now), publications).period == period
    except NightRefusedError:
        return False
