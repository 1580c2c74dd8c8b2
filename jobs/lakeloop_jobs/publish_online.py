"""What is known of each entity goes to the online store, where real time goes on from it, when all tests have passed.

For a stream these are the states that the job `event_features` computed, and they go there once: a stream that has
begun moves its states itself, and states that know more than it has decided on would count events twice. For a ranking
they are replayed from the published interactions, each time; a state that has moved on since is kept.
"""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from eventfeatures import Engine
from eventfeatures.stores import Entry
from lakeloop.config import (
    RankingUseCase,
    StreamUseCase,
    Target,
    load_source,
    load_target,
    load_use_case,
)
from lakeloop.config.source import EventSource
from lakeloop.config.use_case import ranking
from lakeloop.config.use_case.stream import POSITIONS, STATE, definition, namespace
from lakeloop.lifecycle.online import NoOnlineStoreError, online_store
from lakeloop.lifecycle.ranking import online
from lakeloop.lifecycle.session import spark_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def main(arguments: Sequence[str] | None = None) -> None:
    """Seed the store; print what was done."""
    options = _parser().parse_args(arguments)
    use_case, target = load_use_case(options.use_case), load_target(options.target)
    if isinstance(use_case, RankingUseCase):
        print(of_ranking(use_case, target))
    elif isinstance(use_case, StreamUseCase):
        print(of_stream(use_case, target))
    else:
        raise SystemExit(f"use case {use_case.name} is of kind batch: it has no states online")


def of_ranking(use_case: RankingUseCase, target: Target) -> str:
    """Its batch suggestions are complete without a store, so that one which is not there is told and no error."""
    try:
        store = online_store(target, ranking.namespace(use_case))
    except NoOnlineStoreError as error:
        return f"no states are published, suggestions come from batches alone: {error}"
    return online.publish(spark_session(target.catalog), use_case, store)


def of_stream(use_case: StreamUseCase, target: Target) -> str:
    """Unless the stream has begun."""
    source = load_source(use_case.source)
    assert isinstance(source, EventSource)
    store = online_store(target, namespace(use_case, source))
    spark = spark_session(target.catalog)
    places = positions(spark, use_case)
    if places.keys() & store.positions().keys():
        return f"the stream of {use_case.name} has begun: it goes on from its own states"
    entries = list(states(spark, use_case, Engine(definition(use_case, source))))
    return f"{store.seed(entries, places):,} states of {use_case.name} published"


def states(spark: "SparkSession", use_case: StreamUseCase, engine: Engine) -> Iterator[Entry]:
    """The newest state of each entity that the job `event_features` wrote."""
    for entity in engine.entities:
        key = engine.of(entity).key
        rows = spark.sql(
            f"SELECT {key}, {STATE} FROM {use_case.event_table(entity)} WHERE {STATE} IS NOT NULL"
        )
        for name, content in rows.collect():
            yield engine.entry(entity, name, engine.decode(entity, name, bytes(content)))


def positions(spark: "SparkSession", use_case: StreamUseCase) -> dict[str, int]:
    """By ``kafka://<topic>/<partition>`` the first offset that the states know nothing of."""
    rows = spark.table(use_case.event_table(POSITIONS)).collect()
    return {row["partition"]: int(row["next_offset"]) for row in rows}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="publish_online", description=__doc__)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--target", required=True)
    return parser


if __name__ == "__main__":
    main()
