"""The states from which suggestions are made in real time: what published interactions say of each entity."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from eventfeatures.stores import Entry
from lakeloop.config import RankingUseCase
from lakeloop.lifecycle import published
from lakeloop.lifecycle.ranking.interactions import read
from lakeloop.lifecycle.training.data import versions_of
from rankstream import Settings, settings_of
from rankstream.interactions import ordered
from rankstream.replay import Replay
from rankstream.stores import entry

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from eventfeatures.stores.postgresql import PostgresStore
    from eventfeatures.stores.redis import RedisStore


def publish(spark: "SparkSession", use_case: RankingUseCase, store: "RedisStore | PostgresStore") -> str:
    """Seed the store with the state of each entity; one that has moved on since is kept. Returns what was done.

    Raises NothingPublishedError, and eventfeatures' StoreError.
    """
    versions = versions_of(use_case, published.newest(spark, use_case))
    known = list(entries(use_case, read(spark, use_case, versions)))
    return (
        f"{store.seed(known):,} of {len(known):,} states of {use_case.name} published, the others are newer"
    )


def entries(use_case: RankingUseCase, table: pd.DataFrame) -> Iterator[Entry]:
    """By the code that moves states in real time."""
    settings = settings_of(use_case.settings)
    for entity, state in _replayed(table, settings).states.items():
        yield Entry(*entry(use_case.key, entity, state, settings, before=0))


def _replayed(table: pd.DataFrame, settings: Settings) -> Replay:
    replay = Replay(settings)
    replay.advance(ordered(table))
    return replay
