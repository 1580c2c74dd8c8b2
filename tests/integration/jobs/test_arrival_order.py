"""Whatever the order in which files come in, silver and quarantine end as one load of everything leaves them.

Each key is a case of its own: a handful of events, and an order in which they come in. One ingest brings one event of
every case, so that a few ingests try hundreds of orders. Bronze is written as the stream would write it.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import chain, permutations
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from lakeloop.config import FileSource
from lakeloop_jobs.ingest import prepare
from lakeloop_jobs.ingestion import silver
from tests.integration.jobs.sources import small_source

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Event = tuple[int, int, int | None, bool]  # day of arrival, price, version, whether it is from the future
Case = tuple[list[Event], list[int]]
Row = tuple[str, str]  # SQL of when it arrived, and of its values
OF_BRONZE = "_rescued_data STRING, _file_path STRING, _arrived_at TIMESTAMP, _ingested_at TIMESTAMP"
EACH = 4
DAYS = 3
# A row twice on one day, two corrections on one day, a correction taken back, one from the future, one that is late.
EVENTS: list[list[Event]] = [
    [(0, 1, 1, False), (1, 2, 2, False), (2, 1, 1, False), (2, 1, 1, False)],
    [(1, 1, None, False), (1, 2, None, False), (0, 3, 5, False), (2, 9, 9, True)],
    [(2, 1, 1, True), (2, 1, 1, True), (1, 2, 1, False), (0, 2, 1, False)],
]
RANDOM_CASES = 200


@pytest.fixture(params=["newest_arrival", "first_arrival", "version"])
def source(request: pytest.FixtureRequest) -> FileSource:
    columns = {"id": "bigint", "price": "bigint", "version": "bigint", "sold_at": "date"}
    items = {"format": "json", "keys": ["id"], "event_time": "sold_at", "columns": columns}
    items["corrections"] = request.param
    return small_source(f"order_{uuid4().hex[:8]}", tables={"items": items})


@pytest.fixture
def load(spark: "SparkSession", source: FileSource) -> Iterator[Callable[..., Any]]:
    """Brings deliveries in, one ingest each; returns silver, quarantine and what was superseded."""
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    made: list[str] = []

    def inner(deliveries: list[list[Row]]) -> tuple[list[Any], list[Any], set[Any]]:
        mine = source.model_copy(update={"name": f"{source.name}_{len(made)}"})
        made.append(mine.name)
        silver.create(spark, mine, "items", prepare(spark, mine))
        bronze = mine.table("bronze", "items")
        spark.sql(f"CREATE TABLE {bronze} ({mine.tables['items'].ddl}, {OF_BRONZE}) USING DELTA")
        for rows in deliveries:
            known = silver.progress(spark, mine, "items")
            values = ", ".join(
                f"({row}, NULL, 'file', {arrived}, current_timestamp())" for arrived, row in rows
            )
            spark.sql(f"INSERT INTO {bronze} VALUES {values}")
            silver.refine(spark, mine, "items", known)
        return _state(spark, mine)

    yield inner
    for name in made:
        for layer in ("bronze", "silver"):
            spark.sql(f"DROP SCHEMA IF EXISTS {name}_{layer} CASCADE")


def _state(spark: "SparkSession", source: FileSource) -> tuple[list[Any], list[Any], set[Any]]:
    table, superseded = source.table("silver", "items"), source.superseded("items")
    kept = spark.sql(f"SELECT id, price, version, sold_at, _arrived_at FROM {table} ORDER BY id").collect()
    # Which versions lost: a winner that lost for a while before its equal arrived is there, too.
    lost = spark.sql(
        f"SELECT id, price, version, sold_at FROM {superseded} "
        f"EXCEPT SELECT id, price, version, sold_at FROM {table}"
    ).collect()
    out = spark.sql(
        f"SELECT row, reason, _arrived_at FROM {source.quarantine('items')} ORDER BY row, _arrived_at"
    ).collect()
    return [tuple(row) for row in kept], [tuple(row) for row in out], {tuple(row) for row in lost}


def _deliveries(cases: list[Case]) -> list[list[Row]]:
    """For each ingest its rows: of every case the event whose turn it is."""
    return [
        [_row(number, events[order[turn]]) for number, (events, order) in enumerate(cases)]
        for turn in range(EACH)
    ]


def _row(number: int, event: Event) -> Row:
    arrival, price, version, future = event
    day = date(2017, 1, 10) + timedelta(days=arrival)
    # the next day begins at the very moment of the arrival: only the one after it is the future
    sold_at = day + timedelta(days=2) if future else date(2017, 1, 2)
    known = "NULL" if version is None else str(version)
    return f"TIMESTAMP'{day + timedelta(days=1)} 05:00:00'", f"{number}, {price}, {known}, DATE'{sold_at}'"


def _every_order() -> list[Case]:
    return [(events, list(order)) for events in EVENTS for order in permutations(range(EACH))]


def _random_cases(chance: random.Random) -> list[Case]:
    def event() -> Event:
        version, future = chance.choice([None, 1, 2]), chance.random() < 1 / 3
        return chance.randrange(DAYS), chance.randint(1, 3), version, future

    return [([event() for _ in range(EACH)], chance.sample(range(EACH), EACH)) for _ in range(RANDOM_CASES)]


def test_any_order_of_arrival_ends_as_a_full_load(load: Callable[..., Any]) -> None:
    cases = _every_order() + _random_cases(random.Random(3))
    deliveries = _deliveries(cases)
    kept, out, lost = load(deliveries)
    assert (kept, out, lost) == load([list(chain(*deliveries))])
    assert len(out) == sum(future for events, _ in cases for *_, future in events)
