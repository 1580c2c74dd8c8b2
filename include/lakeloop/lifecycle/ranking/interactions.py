"""The interactions that training, judgement and scoring read: the published version of the one gold table."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from lakeloop.config import RankingUseCase
from lakeloop.lifecycle.features import require_columns
from lakeloop.lifecycle.session import read_version
from lakeloop.lifecycle.time_travel import needing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def table_of(use_case: RankingUseCase) -> str:
    """``<use case>_gold.interactions``."""
    return use_case.gold("features")


def renamed(use_case: RankingUseCase, table: "DataFrame") -> "DataFrame":
    """The columns entity, item, group (text), at (ms since 1970) and weight. Raises MissingColumnError."""
    from pyspark.sql import functions as f

    asked = use_case.ranking
    require_columns(table_of(use_case), table.columns, use_case.columns)
    return table.select(
        f.col(use_case.key).cast("string").alias("entity"),
        f.col(asked.item).cast("string").alias("item"),
        f.col(asked.group).cast("string").alias("group"),
        f.unix_millis(f.col(asked.at)).alias("at"),
        f.col(asked.weight).cast("double").alias("weight"),
    )


def read(spark: "SparkSession", use_case: RankingUseCase, versions: Mapping[str, int]) -> pd.DataFrame:
    """All interactions of a version, as ``rankstream.fit`` takes them.

    Raises MissingColumnError, and VersionGoneError when Delta holds the version no more.
    """
    table = table_of(use_case)
    with needing(table, versions[table], f"what use case {use_case.name} trains and validates on"):
        return renamed(use_case, read_version(spark, table, versions[table])).toPandas()


def last(table: pd.DataFrame, entities: pd.Series, most: int) -> pd.DataFrame:
    """The newest `most` interactions of each of `entities`, in the order of time."""
    chosen = table[table["entity"].isin(set(entities))].sort_values(["entity", "at", "item"], kind="stable")
    return chosen.groupby("entity").tail(most)
