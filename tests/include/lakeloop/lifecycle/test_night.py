"""The moment decides on period and data, again and again."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from lakeloop.config import UseCase, load_use_case
from lakeloop.lifecycle.night import Night, NightRefusedError, asked_for, is_present, moment_of
from lakeloop.lifecycle.night import night as night_of
from lakeloop.lifecycle.published import PublishedFeatures

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def churn() -> UseCase:
    return load_use_case("churn")  # weeks from 2017-01-01; score.stale_after is 192 hours


def night(use_case: UseCase, asked: date, publications: list[PublishedFeatures], now: datetime) -> Night:
    return night_of(use_case, moment_of(asked, now), publications)


def publication(published: str, newest: str, version: int) -> PublishedFeatures:
    moment = datetime.fromisoformat(published).replace(tzinfo=UTC)
    return PublishedFeatures(moment, version, version, version, newest, None, 10, "run")


FIRST = publication("2026-03-10T09:00", "2017-12-02", 1)
SECOND = publication("2026-03-17T09:00", "2017-12-09", 2)


def test_tonight_is_the_newest_period_that_is_published(churn: UseCase) -> None:
    tonight = night(churn, date(2026, 3, 20), [FIRST, SECOND], NOW)

    assert tonight.publication == SECOND
    assert churn.period.as_of(tonight.period) == date(2017, 12, 9)


@pytest.mark.parametrize(
    ("day", "expected", "as_of"),
    [
        (date(2026, 3, 10), FIRST, date(2017, 12, 2)),
        (date(2026, 3, 16), FIRST, date(2017, 12, 2)),
        (date(2026, 3, 17), SECOND, date(2017, 12, 9)),
    ],
)
def test_an_old_night_reads_what_was_published_by_then(
    churn: UseCase, day: date, expected: PublishedFeatures, as_of: date
) -> None:
    old = night(churn, day, [FIRST, SECOND], NOW)

    assert old.publication == expected
    assert churn.period.as_of(old.period) == as_of


def test_a_period_that_was_not_over_is_not_scored(churn: UseCase) -> None:
    ahead = publication("2017-12-05T09:00", "2017-12-09", 3)

    tonight = night(churn, date(2017, 12, 5), [ahead], datetime(2017, 12, 5, 12, tzinfo=UTC))

    assert churn.period.as_of(tonight.period) == date(2017, 12, 2)


def test_history_that_was_loaded_later_is_scored_by_its_very_period(churn: UseCase) -> None:
    history = night(churn, date(2017, 11, 27), [FIRST, SECOND], NOW)

    assert (history.publication, churn.period.as_of(history.period)) == (SECOND, date(2017, 11, 25))


@pytest.mark.parametrize("day", [date(2018, 1, 1), date(2016, 12, 31), date(2017, 1, 3)])
def test_history_without_its_data_is_refused(churn: UseCase, day: date) -> None:
    with pytest.raises(NightRefusedError, match="holds periods from 2017-01-07 to 2017-12-09"):
        night(churn, day, [FIRST, SECOND], NOW)


def test_nothing_published_is_refused(churn: UseCase) -> None:
    with pytest.raises(NightRefusedError, match=r"churn_ml\.published_features is empty"):
        night(churn, date(2026, 3, 20), [], NOW)


def test_the_future_is_refused(churn: UseCase) -> None:
    with pytest.raises(NightRefusedError, match="2026-03-21 is yet to come"):
        night(churn, date(2026, 3, 21), [FIRST], NOW)


def test_stale_features_are_refused(churn: UseCase) -> None:
    with pytest.raises(NightRefusedError, match=r"published 2026-03-10 09:00 UTC, 243 hours before"):
        night(churn, date(2026, 3, 20), [FIRST], NOW)


def test_staleness_is_as_of_the_night(churn: UseCase) -> None:
    later = datetime(2027, 1, 1, tzinfo=UTC)

    assert night(churn, date(2026, 3, 16), [FIRST], later).publication == FIRST
    with pytest.raises(NightRefusedError, match=r"score\.stale_after is 192"):
        night(churn, date(2026, 3, 25), [FIRST], later)


def test_a_night_knows_when_other_features_were_published_after_its_own(churn: UseCase) -> None:
    same = publication("2026-03-12T09:00", "2017-12-02", 1)  # published again, and nothing had changed

    old = night(churn, date(2026, 3, 10), [FIRST, same, SECOND], NOW)

    assert old.succeeded_at == SECOND.published_at
    assert night(churn, date(2026, 3, 20), [FIRST, same, SECOND], NOW).succeeded_at is None


def test_a_moment_reads_what_was_published_by_then(churn: UseCase) -> None:
    before, after = datetime(2026, 3, 17, 8, 59, tzinfo=UTC), datetime(2026, 3, 17, 9, tzinfo=UTC)

    assert night(churn, before, [FIRST, SECOND], NOW).publication == FIRST
    assert night(churn, after, [FIRST, SECOND], NOW).publication == SECOND


@pytest.mark.parametrize(
    ("timezone", "unit", "moment", "as_of"),
    [
        ("UTC", "hour", "2026-03-20T11:59+00:00", "2026-03-20T10:00:00+00:00"),
        ("UTC", "hour", "2026-03-20T12:00+00:00", "2026-03-20T11:00:00+00:00"),
        ("Asia/Kolkata", "hour", "2026-03-20T12:00+00:00", "2026-03-20T10:30:00+00:00"),
        ("UTC", "day", "2026-03-20T02:00+00:00", "2026-03-19"),
        ("Asia/Tokyo", "day", "2026-03-20T14:00+00:00", "2026-03-19"),
        ("Asia/Tokyo", "day", "2026-03-20T15:00+00:00", "2026-03-20"),
        ("America/New_York", "day", "2026-03-20T02:00+00:00", "2026-03-18"),
        ("America/New_York", "day", "2026-03-20T04:00+00:00", "2026-03-19"),
    ],
)
def test_the_newest_period_that_is_over_in_its_own_time_zone_is_scored(
    churn: UseCase, timezone: str, unit: str, moment: str, as_of: str
) -> None:
    period = churn.period.model_copy(update={"timezone": timezone, "unit": unit, "first": date(2026, 1, 1)})
    use_case = churn.model_copy(update={"period": period})
    ahead = publication("2026-03-20T01:00", "2026-03-21" + "T00:00:00+00:00" * (unit == "hour"), 1)
    asked = asked_for(moment)

    tonight = night(use_case, asked, [ahead], datetime(2026, 3, 21, tzinfo=UTC))

    assert period.as_of(tonight.period).isoformat() == as_of


def test_a_moment_has_a_time_zone() -> None:
    with pytest.raises(
        ValueError, match=r"'2026-03-20T04:00' has no time zone; write 2026-03-20T04:00\+00:00"
    ):
        asked_for("2026-03-20T04:00")


def test_clocks_may_differ_by_minutes_not_by_more() -> None:
    ahead = NOW + timedelta(minutes=4)

    assert moment_of(ahead, NOW) == NOW
    with pytest.raises(
        NightRefusedError, match=r"2026-03-20 12:06:00\+00:00 is yet to come; it is 2026-03-20 12:00"
    ):
        moment_of(NOW + timedelta(minutes=6), NOW)


def test_the_present_is_the_date_of_utc() -> None:
    assert is_present(datetime(2026, 3, 20, 1, tzinfo=ZoneInfo("Asia/Tokyo")), NOW) is False
    assert is_present(moment_of(date(2026, 3, 20), NOW), NOW)
    assert not is_present(moment_of(date(2026, 3, 19), NOW), NOW)
