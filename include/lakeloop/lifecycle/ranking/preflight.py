"""All that can be asked before a model is fitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from lakeloop.config import RankingUseCase, UseCase, load_use_case
from lakeloop.config.loading import ConfigError, kind_of
from lakeloop.lifecycle import published
from lakeloop.lifecycle.ranking.interactions import read
from lakeloop.lifecycle.ranking.split import Parts, parts_of
from lakeloop.lifecycle.training.data import versions_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Ready:
    """What a training begins with; `table` has all interactions of the published version."""

    versions: Mapping[str, int]
    table: pd.DataFrame
    parts: Parts


def ranking_use_case(name: str) -> RankingUseCase:
    """The use case `name`. Raises UnknownUseCaseError, or ConfigError when it is of another kind."""
    return require_ranking(load_use_case(name))


def require_ranking(use_case: UseCase) -> RankingUseCase:
    """`use_case` itself. Raises ConfigError when it is of another kind."""
    if not isinstance(use_case, RankingUseCase):
        raise ConfigError(f"use case {use_case.name} is of kind {kind_of(use_case)}; this needs kind ranking")
    return use_case


def ask(spark: "SparkSession", use_case: RankingUseCase) -> Ready:
    """What is published, read and split.

    Raises NothingPublishedError, MissingColumnError, VersionGoneError and TooFewPeriodsError.
    """
    newest = published.newest(spark, use_case)
    versions = versions_of(use_case, newest)
    assert newest is not None  # else versions_of has said so
    table = read(spark, use_case, versions)
    return Ready(versions, table, parts_of(use_case, table, newest))
