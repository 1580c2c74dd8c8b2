"""Suggestions for a night: for each entity that was active lately the ten items that it comes to next, on Spark.

An entity's history until the end of the period is one row, so that whoever scores it needs no order of rows.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import mlflow
import pandas as pd
from mlflow.entities.model_registry import ModelVersion

from lakeloop.config import RankingUseCase
from lakeloop.lifecycle.night import Night
from lakeloop.lifecycle.night_rows import read_published, require_rows
from lakeloop.lifecycle.ranking.interactions import renamed, table_of
from lakeloop.lifecycle.ranking.split import ms_at_end
from lakeloop.lifecycle.scoring import loader, pack
from lakeloop.lifecycle.time_travel import needing
from rankstream.pyfunc import INPUTS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ENTITIES_PER_PARTITION = 2_000
Batches = Iterator[pd.DataFrame]


def suggestions(
    spark: "SparkSession", use_case: RankingUseCase, tonight: Night, version: ModelVersion
) -> "DataFrame":
    """Key, period, rank (from 1), item and score. Raises NightRefusedError, MissingColumnError, ModelTooLargeError."""
    from pyspark.sql import functions as f

    table, at = table_of(use_case), tonight.publication.features_version
    asked = histories(use_case, tonight.period, read_published(spark, table, at))
    with needing(table, at, f"which the night of {use_case.period.as_of(tonight.period)} is scored from"):
        entities = asked.count()
    require_rows(use_case, tonight, entities)
    partitions = max(1, -(-entities // ENTITIES_PER_PARTITION))
    item = use_case.ranking.item
    schema = f"entity string, rank int, {item} string, score double"
    ranked = asked.coalesce(partitions).mapInPandas(scorer(_packed(version), item), schema=schema)
    period = f.expr(use_case.period.literal(tonight.period)).alias(use_case.period.column)
    key = f.col("entity").cast(str(use_case.entity.keys[use_case.key])).alias(use_case.key)
    return ranked.select(key, period, "rank", item, "score")


def histories(use_case: RankingUseCase, period: int, table: "DataFrame") -> "DataFrame":
    """Of each entity that was active in the last periods: `entity`, and what a logged model asks for."""
    from pyspark.sql import functions as f

    column, active = use_case.period.column, period - use_case.question.active
    known = table.where(f"{column} <= {use_case.period.literal(period)}")
    lately = ms_at_end(use_case.period, active)
    rows = (
        renamed(use_case, known)
        .groupBy("entity")
        .agg(
            # by time, then item: as rankstream orders a table
            f.sort_array(f.collect_list(f.struct("at", "item", "group", "weight"))).alias("rows")
        )
    )
    now = f.lit(ms_at_end(use_case.period, period)).cast("bigint").alias("now")
    parts = {"items": "item", "groups": "group", "at": "at", "weights": "weight"}
    named = [f.col("rows")[field].alias(name) for name, field in parts.items()]
    return rows.select("entity", *named, now).where(f.array_max("at") >= lately)


def scorer(packed: bytes, item: str) -> Callable[[Batches], Batches]:
    """A function for mapInPandas: rows of `histories` in, ranked suggestions out."""
    load = loader(packed, "suggestions", lambda model: model)
    inputs = list(INPUTS)

    def score(batches: Batches) -> Batches:
        for batch in batches:
            if not len(batch):
                continue
            answers = load().predict(batch[inputs])
            named = batch[["entity"]].reset_index(drop=True)
            named[item], named["score"] = answers["items"].to_list(), answers["scores"].to_list()
            named["rank"] = [list(range(1, len(items) + 1)) for items in named[item]]
            yield named.explode(["rank", item, "score"], ignore_index=True)[["entity", "rank", item, "score"]]

    return score


def _packed(version: ModelVersion) -> bytes:
    with TemporaryDirectory() as folder:
        uri = f"models:/{version.name}/{version.version}"
        return pack(Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder)))
