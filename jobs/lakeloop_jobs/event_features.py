"""What was known of each event when it came: computed by the very code that computes it in real time.

One table for each entity (``<use case>_events.<entity>``) holds its features of every event and, at its last one, the
state that the stream goes on from; ``<use case>_events.event`` holds what follows from the event alone. ``positions``
says up to which message of each partition the states know everything. All of them are made of one version of silver.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from eventfeatures import Engine
from lakeloop.config import EventSource, StreamUseCase, load_source, load_target, load_use_case
from lakeloop.config.use_case.stream import EVENT, POSITIONS, STATE, definition
from lakeloop.lifecycle.session import read_version, spark_session, table_version
from lakeloop_jobs.ingestion.bronze import FILE_PATH, INGESTED_AT
from lakeloop_jobs.ingestion.events import OFFSET

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Plain = dict[str, Any]  # a definition of features
Batches = Iterator[pa.RecordBatch]


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the tables anew; print how many events they know."""
    options = _parser().parse_args(arguments)
    use_case, target = load_use_case(options.use_case), load_target(options.target)
    if not isinstance(use_case, StreamUseCase):
        raise SystemExit(f"use case {use_case.name} is not of kind stream: it has no features of events")
    print(compute(spark_session(target.catalog), use_case, source_of(use_case)))


def source_of(use_case: StreamUseCase) -> EventSource:
    """The source of the events; the configuration allows no other kind."""
    source = load_source(use_case.source)
    assert isinstance(source, EventSource)
    return source


def compute(spark: "SparkSession", use_case: StreamUseCase, source: EventSource) -> str:
    """Make all tables from the newest version of silver; returns the sentence that says what was done."""
    silver, plain = source.table("silver", use_case.stream.events), definition(use_case, source)
    version, engine = table_version(spark, silver), Engine(plain)
    events = read_version(spark, silver, version)
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS {use_case.events_schema}")
    identity = f"{engine.definition.id} string"
    own = events.mapInArrow(_own(plain), identity + _doubles(engine.own.names))
    _write(own, use_case.event_table(EVENT))
    for entity in engine.entities:
        part = engine.of(entity)
        schema = f"{identity}{_doubles(part.names)}, {part.key} string, {STATE} binary"
        _write(
            events.groupBy(part.key).applyInArrow(_of(plain, entity), schema), use_case.event_table(entity)
        )
    _write_positions(spark, use_case, source, silver, version)
    count = spark.table(use_case.event_table(EVENT)).count()
    what = f"{len(engine.names)} features of {count:,} events"
    return f"{use_case.events_schema}: {what}, from {silver} version {version}"


def _own(plain: Plain) -> Callable[[Batches], Batches]:
    """The features that follow from the event alone. A worker makes the engine, of which nothing can be pickled."""

    def replayed(batches: Batches) -> Batches:
        own = Engine(plain).own
        for batch in batches:
            if batch.num_rows:
                yield from _unknown_is_null(own.replay(pa.Table.from_batches([batch]))).to_batches()

    return replayed


def _of(plain: Plain, entity: str) -> Callable[[pa.Table], pa.Table]:
    """The features of one entity, and at its last event its state."""

    def replayed(events: pa.Table) -> pa.Table:
        part, states = Engine(plain).of(entity), {}  # type: ignore[var-annotated]
        features = _unknown_is_null(part.replay(events, states))
        [(key, state)] = states.items()
        kept = [None] * (features.num_rows - 1) + [part.codec.encode(state)]
        keys = pa.array([key] * features.num_rows)
        return features.append_column(part.key, keys).append_column(STATE, pa.array(kept, pa.binary()))

    return replayed


def _unknown_is_null(features: pa.Table) -> pa.Table:
    """What is not known yet is NaN in the stream, and null in a table, where SQL takes NaN for the largest number."""
    columns = [
        pc.if_else(pc.is_nan(column), None, column) if pa.types.is_floating(column.type) else column
        for column in features.columns
    ]
    return pa.table(columns, names=features.column_names)


def _doubles(names: Sequence[str]) -> str:
    return "".join(f", {name} double" for name in names)


def _write(frame: "DataFrame", table: str) -> None:
    """Texts of a Python function have a collation, which other engines cannot read in a table: it is cast away."""
    columns = [
        f"CAST({name} AS STRING) AS {name}" if kind.startswith("string") else name
        for name, kind in frame.dtypes
    ]
    writer = (
        frame.selectExpr(*columns).write.format("delta").mode("overwrite").option("overwriteSchema", "true")
    )
    writer.saveAsTable(table)


def _write_positions(
    spark: "SparkSession", use_case: StreamUseCase, source: EventSource, silver: str, version: int
) -> None:
    """The first offset of each partition that this version of silver has not seen.

    Silver takes all of bronze up to its newest row, so that row's time says what it has seen.
    """
    bronze = source.table("bronze", use_case.stream.events)
    spark.sql(f"""
        CREATE OR REPLACE TABLE {use_case.event_table(POSITIONS)} USING DELTA AS
        SELECT {FILE_PATH} AS partition, max({OFFSET}) + 1 AS next_offset
        FROM {bronze}
        WHERE {INGESTED_AT} <= (SELECT max({INGESTED_AT}) FROM {silver} VERSION AS OF {version})
        GROUP BY {FILE_PATH}""")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="event_features", description=__doc__)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--target", required=True)
    return parser


if __name__ == "__main__":
    main()
