"""What a night scores: which period, out of which publication, with which champion. All of it follows from a moment:
the one the schedule ran at, or the end of the date (UTC) that a person asked for.

The period is the newest one that was over at that moment, in the period's own time zone. The publication is the newest
one made by then, so that an old night that runs again reads the data that it read then. A moment before the first
publication is history that was loaded later: it reads the newest publication, if that holds the very period.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from lakeloop.config import UseCase
from lakeloop.lifecycle.published import PublishedFeatures, table

CLOCKS_DIFFER = timedelta(minutes=5)  # between the scheduler's machine and the one that scores


class NightRefusedError(RuntimeError):
    """The night cannot be scored with its own data; nothing was written."""


@dataclass(frozen=True)
class Night:
    """`period` (0-based) of `publication` is scored, as it was right at `moment` (UTC).

    Args:
        succeeded_at: when other features were published after `publication`; None: these are the newest.
    """

    moment: datetime
    period: int
    publication: PublishedFeatures
    succeeded_at: datetime | None


def asked_for(text: str) -> date | datetime:
    """The night that `text` names: ``2026-03-20``, or a moment with its time zone, ``2026-03-20T14:00:00+00:00``.

    Raises ValueError for any other text.
    """
    asked = datetime.fromisoformat(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return asked.date()
    if asked.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write {text}+00:00 for UTC")
    return asked


def moment_of(asked: date | datetime, now: datetime) -> datetime:
    """The moment (UTC) that decides: `asked` itself, of a date its end, or `now` while the date is not over.

    Raises NightRefusedError when it lies in the future, more than two clocks may differ.
    """
    if not isinstance(asked, datetime):
        if asked > now.astimezone(UTC).date():
            raise NightRefusedError(f"{asked} is yet to come; today is {now.astimezone(UTC).date()} (UTC)")
        return min(now, end_of(asked)).astimezone(UTC)
    if asked > now + CLOCKS_DIFFER:
        raise NightRefusedError(f"{asked} is yet to come; it is {now.astimezone(UTC):%Y-%m-%d %H:%M} (UTC)")
    return min(now, asked).astimezone(UTC)


def is_present(moment: datetime, now: datetime) -> bool:
    """Whether `moment` lies on the present date (UTC): the alias says who the champion is, for earlier the ledger."""
    return moment.astimezone(UTC).date() == now.astimezone(UTC).date()


def night(use_case: UseCase, moment: datetime, publications: Sequence[PublishedFeatures]) -> Night:
    """The night of `moment`; `publications` are all there are, oldest first.

    Raises NightRefusedError when nothing is published that holds its period, or when the publication was older than
    ``score.stale_after`` then.
    """
    if not publications:
        raise NightRefusedError(
            f"{table(use_case)} is empty: no features have passed their tests yet; run the transform"
        )
    period = use_case.period.newest_over_at(moment)
    by_then = [publication for publication in publications if publication.published_at <= moment]
    publication = by_then[-1] if by_then else publications[-1]
    newest = use_case.period.index(parse(use_case, publication.newest_as_of))
    if by_then:
        _require_fresh(use_case, publication, moment)
        period = min(period, newest)
    if not 0 <= period <= newest:
        over = use_case.period.as_of(period)
        raise NightRefusedError(
            f"at {moment:%Y-%m-%d %H:%M} UTC the newest period that was over is {over}; {table(use_case)} "
            f"holds periods from {use_case.period.as_of(0)} to {publication.newest_as_of}"
        )
    return Night(moment, period, publication, _succeeded_at(publication, publications))


def end_of(day: date) -> datetime:
    """The last moment of `day`, UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)


def parse(use_case: UseCase, as_of: str) -> date | datetime:
    """A period as `PublishedFeatures` writes it."""
    return datetime.fromisoformat(as_of) if use_case.period.unit == "hour" else date.fromisoformat(as_of)


def _succeeded_at(
    publication: PublishedFeatures, publications: Sequence[PublishedFeatures]
) -> datetime | None:
    others = (
        later.published_at
        for later in publications
        if later.published_at > publication.published_at
        and later.features_version != publication.features_version
    )
    return min(others, default=None)


def _require_fresh(use_case: UseCase, publication: PublishedFeatures, moment: datetime) -> None:
    age = moment - publication.published_at
    if age > timedelta(hours=use_case.score.stale_after):
        raise NightRefusedError(
            f"the newest features of {use_case.name} were published {publication.published_at:%Y-%m-%d %H:%M} UTC, "
            f"{age // timedelta(hours=1)} hours before; score.stale_after is {use_case.score.stale_after}. "
            "See why no transform has passed its tests since."
        )
