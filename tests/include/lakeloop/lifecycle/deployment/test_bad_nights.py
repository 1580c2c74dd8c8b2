"""Each night that a bad version scored is found, with the date by which it is scored again."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lakeloop.config import load_use_case
from lakeloop.lifecycle import sql
from lakeloop.lifecycle.deployment.bad_nights import bad_nights
from lakeloop.lifecycle.night import asked_for, moment_of, night
from lakeloop.lifecycle.published import PublishedFeatures

USE_CASE = load_use_case("churn")
PERIOD = USE_CASE.period
NOW = datetime(2018, 6, 1, 12, tzinfo=UTC)
SINCE = datetime(2017, 1, 1, tzinfo=UTC)


def publication(period: int, at: datetime) -> PublishedFeatures:
    return PublishedFeatures(at, 1, 1, 1, str(PERIOD.as_of(period)), None, 10, "r")


def warehouse(scored: dict[int, datetime], publications: Sequence[PublishedFeatures]) -> sql.Run:
    """Answers as a warehouse with these scores, by period, and these publications does."""

    def run(statement: str) -> list[dict[str, Any]]:
        if statement.startswith("SHOW"):
            return [{"tableName": name} for name in ("scores", "published_features")]
        if "published_features" in statement:
            return [vars(found) | {"published_at": _micros(found.published_at)} for found in publications]
        assert "model_version = '3'" in statement
        return [
            {"position": _days(period), "scored": _micros(at), "entities": 7}
            for period, at in sorted(scored.items())
        ]

    return run


def _micros(moment: datetime) -> int:
    return (moment - sql.EPOCH) // sql.MICROSECOND


def _days(period: int) -> int:
    as_of = PERIOD.as_of(period)
    assert isinstance(as_of, date)
    return (as_of - sql.EPOCH.date()).days


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=12))
def test_the_date_leads_back_to_the_very_period(hours_late: list[int]) -> None:
    """Weeks are published and scored some days late, one after the other; later ones supersede earlier ones."""
    published, scored = [], {}
    for period, late in enumerate(hours_late, start=40):
        as_of = PERIOD.as_of(period)
        at = datetime(as_of.year, as_of.month, as_of.day, 18, tzinfo=UTC) + timedelta(days=1 + late % 4)
        published.append(publication(period, at))
        scored[period] = at + timedelta(hours=late)

    found = bad_nights(warehouse(scored, published), USE_CASE, "3", SINCE, NOW)

    assert [one.as_of for one in found] == [str(PERIOD.as_of(period)) for period in scored]
    for one, period in zip(found, scored, strict=True):
        assert one.date is not None
        assert night(USE_CASE, moment_of(asked_for(one.date), NOW), published).period == period


def test_history_that_was_loaded_later_is_found_by_its_own_date() -> None:
    loaded = [publication(48, NOW - timedelta(days=2))]

    [found] = bad_nights(warehouse({20: NOW - timedelta(days=1)}, loaded), USE_CASE, "3", SINCE, NOW)

    assert found.date == str(PERIOD.as_of(20) + timedelta(days=1))


def test_a_period_whose_features_are_published_no_more_is_named_without_a_date() -> None:
    [found] = bad_nights(warehouse({50: NOW}, [publication(30, NOW)]), USE_CASE, "3", SINCE, NOW)

    assert (found.as_of, found.rows, found.date) == (str(PERIOD.as_of(50)), 7, None)
