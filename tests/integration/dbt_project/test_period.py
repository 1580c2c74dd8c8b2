"""The clock of a use case in SQL says what the one in Python says, for any unit, time zone and moment."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import jinja2
import pytest

from lakeloop.config.use_case import Period
from tests.dbt_project.conftest import PROJECT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia"]
FIRSTS = [date(2017, 1, 1), date(2016, 2, 1), date(1969, 12, 1)]
MOMENTS_EACH = 12
PERIODS = [
    Period(unit=unit, first=first, timezone=zone)  # type: ignore[arg-type]
    for unit in ("hour", "day", "week", "month")
    for zone in ZONES
    for first in FIRSTS
]


@pytest.fixture(scope="module")
def spark(stack: dict[str, str]) -> "SparkSession":
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(stack["SPARK_REMOTE"]).getOrCreate()


def macros(period: Period) -> Any:
    """macros/period.sql for a use case with `period`, rendered as dbt renders it."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    told = SimpleNamespace(period=SimpleNamespace(**period.model_dump(mode="json")))
    template = environment.from_string((PROJECT / "macros" / "period.sql").read_text(encoding="utf-8"))
    return template.make_module({"use_case": lambda name: told})


def moments(random: Random) -> list[datetime]:
    """Anywhere from 1965 to 2035, and around the ends of local days and the changes of clocks."""
    begin, seconds = datetime(1965, 1, 1, tzinfo=UTC), 70 * 365 * 86400
    anywhere = [begin + timedelta(seconds=random.randrange(seconds)) for _ in range(MOMENTS_EACH)]
    midnight = datetime(2017, 3, 12, tzinfo=ZoneInfo(random.choice(ZONES))).astimezone(UTC)
    edges = [midnight + timedelta(seconds=second) for second in (-1, 0, 1, 7200, 10800)]
    return [
        *anywhere,
        *edges,
        datetime(2017, 11, 5, 5, 30, tzinfo=UTC),
        datetime(2016, 2, 29, 12, tzinfo=UTC),
    ]


def in_python(period: Period, at: datetime, shift: int) -> tuple[Any, ...]:
    """Period, index, shifted period and end of the period that `at` lies in."""
    zone = ZoneInfo(period.timezone)
    index = period.index(at if period.unit == "hour" else at.astimezone(zone).date())
    as_of: Any = period.as_of(index)
    if period.unit == "hour":
        end = as_of + timedelta(hours=1)
    else:
        after = as_of + timedelta(days=1)
        end = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
    return _seconds(as_of), index, _seconds(period.as_of(index + shift)), _seconds(end)


def in_sql(number: int, period: Period, moments: list[datetime], shift: int) -> str:
    """The same as SQL for each moment, with `number`; days and moments are counted from 1970."""
    sql, count = macros(period), "unix_seconds" if period.unit == "hour" else "unix_date"
    as_of = sql.period_of("x", "timestamp_seconds(at)").strip()
    values = ", ".join(f"({int(moment.timestamp())}L)" for moment in moments)
    return (
        f"SELECT {number} AS number, at, {count}(as_of), {sql.period_index('x', 'as_of')}, "
        f"{count}({sql.period_shift('x', 'as_of', shift)}), unix_seconds({sql.period_end('x', 'as_of')}), "
        f"{count}({sql.period_at('x', sql.period_index('x', 'as_of'))}) = {count}(as_of) "
        f"FROM (SELECT at, {as_of} AS as_of FROM VALUES {values} AS t(at))"
    )


def _seconds(moment: date | datetime) -> int:
    return int(moment.timestamp()) if isinstance(moment, datetime) else (moment - date(1970, 1, 1)).days


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
def test_sql_and_python_count_alike(spark: "SparkSession", unit: str) -> None:
    random = Random(17)
    chosen = [(period, moments(random), random.randint(-40, 40)) for period in PERIODS if period.unit == unit]
    query = " UNION ALL ".join(in_sql(number, *case) for number, case in enumerate(chosen))
    expected = {
        (number, int(at.timestamp()), *in_python(period, at, shift), True)
        for number, (period, at_each, shift) in enumerate(chosen)
        for at in at_each
    }
    assert len(expected) > 300
    assert {tuple(row) for row in spark.sql(query).collect()} == expected


def test_it_does_not_depend_on_the_sessions_time_zone(spark: "SparkSession") -> None:
    at = [datetime(2017, 3, 12, 4, 30, tzinfo=UTC)]
    query = " UNION ALL ".join(in_sql(number, PERIODS[number], at, 3) for number in range(0, len(PERIODS), 7))
    before = str(spark.conf.get("spark.sql.session.timeZone"))
    try:
        answers = []
        for zone in ("UTC", "Asia/Tokyo"):
            spark.conf.set("spark.sql.session.timeZone", zone)
            answers.append({tuple(row) for row in spark.sql(query).collect()})
    finally:
        spark.conf.set("spark.sql.session.timeZone", str(before))
    assert answers[0] == answers[1]
