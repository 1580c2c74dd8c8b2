"""What a night scores: which period, out of which publication, with which champion. All of it follows from the date.

The publication of a night is the newest one made by the end of that date (UTC), so that an old night that runs again
reads the data that it read then. A date before the first publication is history that was loaded later: it reads the
newest publication, if that holds the very period that was over then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from lakeloop.config import UseCase
from lakeloop.lifecycle.published import PublishedFeatures, table


class NightRefusedError(RuntimeError):
    """The night cannot be scored with its own data; nothing was written."""


@dataclass(frozen=True)
class Night:
    """`period` (0-based) of `publication` is scored.

    Args:
        moment: the end of the date, or now on the date itself.
        succeeded_at: when other features were published after `publication`; None: these are the newest.
    """

    day: date
    moment: datetime
    period: int
    publication: PublishedFeatures
    succeeded_at: datetime | None


def night(use_case: UseCase, day: date, publications: Sequence[PublishedFeatures], now: datetime) -> Night:
    """The night of `day`; `publications` are all there are, oldest first.

    Raises NightRefusedError when `day` lies in the future, when nothing is published that holds its period, or when
    the publication was older than ``score.stale_after`` then.
    """
    if day > now.astimezone(UTC).date():
        raise NightRefusedError(f"{day} is yet to come; today is {now.astimezone(UTC).date()} (UTC)")
    if not publications:
        raise NightRefusedError(
            f"{table(use_case)} is empty: no features have passed their tests yet; run the transform"
        )
    moment = min(now, end_of(day))
    period = use_case.period.newest_over_on(day)
    by_then = [publication for publication in publications if publication.published_at <= moment]
    publication = by_then[-1] if by_then else publications[-1]
    newest = use_case.period.index(parse(use_case, publication.newest_as_of))
    if by_then:
        _require_fresh(use_case, publication, moment)
        period = min(period, newest)
    if not 0 <= period <= newest:
        over = use_case.period.as_of(period)
        raise NightRefusedError(
            f"on {day} the newest period that was over is {over}; {table(use_case)} holds periods from "
            f"{use_case.period.as_of(0)} to {publication.newest_as_of}"
        )
    return Night(day, moment, period, publication, _succeeded_at(publication, publications))


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
