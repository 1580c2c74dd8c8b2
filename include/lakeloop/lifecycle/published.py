"""The publication of features: which versions of the gold tables have passed all tests.

One row per publication, appended by the transform DAG when all dbt tests have passed. Training, the retrain decision
and scoring read the versions of the newest row and no others (``VERSION AS OF``), so that rows which failed a test, or
were never tested, reach no model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lakeloop.config import UseCase
from lakeloop.config.use_case.use_case import Role
from lakeloop.lifecycle import sql

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TABLE = "published_features"
COLUMNS = {
    "published_at": "TIMESTAMP COMMENT 'when all tests had passed, UTC'",
    "features_version": "BIGINT COMMENT 'Delta version of the features table'",
    "labels_version": "BIGINT COMMENT 'Delta version of the labels table'",
    "training_set_version": "BIGINT COMMENT 'Delta version of the training set'",
    "newest_as_of": "STRING COMMENT 'newest period with features, ISO'",
    "newest_labelled_as_of": "STRING COMMENT 'newest period with labels, ISO; null: none yet'",
    "entities": "BIGINT COMMENT 'entities of the newest period'",
    "run": "STRING COMMENT 'DAG run that published'",
}


@dataclass(frozen=True)
class PublishedFeatures:
    """Delta versions that belong together, in the order of `COLUMNS`; periods are ISO texts of the period's column."""

    published_at: datetime
    features_version: int
    labels_version: int
    training_set_version: int
    newest_as_of: str
    newest_labelled_as_of: str | None
    entities: int
    run: str | None

    def data_versions(self, use_case: UseCase) -> dict[str, int]:
        """What a model is made of: ``{"<use case>_gold.features": 7, "<use case>_gold.labels": 5, ...}``."""
        return {
            use_case.gold("features"): self.features_version,
            use_case.gold("labels"): self.labels_version,
            use_case.gold("training_set"): self.training_set_version,
        }


def table(use_case: UseCase) -> str:
    """``<use case>_ml.published_features``."""
    return use_case.ml(TABLE)


def newest(spark: "SparkSession", use_case: UseCase) -> PublishedFeatures | None:
    """The publication that training and scoring read; None before the first one."""
    found = publications(spark, use_case)
    return found[-1] if found else None


def publications(spark: "SparkSession", use_case: UseCase) -> list[PublishedFeatures]:
    """All publications, oldest first."""
    return publications_through(sql.through_spark(spark), use_case)


def publications_through(run: sql.Run, use_case: UseCase) -> list[PublishedFeatures]:
    """All publications, oldest first, through Spark or a SQL warehouse."""
    if not sql.table_exists(run, table(use_case)):
        return []
    first, *others = COLUMNS
    rows = run(
        f"SELECT unix_micros({first}) AS {first}, {', '.join(others)} FROM {table(use_case)} "
        f"ORDER BY {first}, features_version"
    )
    return [PublishedFeatures(**row | {first: sql.from_micros(row[first])}) for row in rows]


def create_sql(use_case: UseCase) -> list[str]:
    """Statements that make schema and table unless they are there."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    return [
        f"CREATE SCHEMA IF NOT EXISTS {use_case.schema('ml')}",
        f"CREATE TABLE IF NOT EXISTS {table(use_case)} ({columns}) USING DELTA "
        f"COMMENT 'versions of the gold tables of {use_case.name} that passed all tests'",
    ]


def publish_sql(use_case: UseCase, versions: Mapping[Role, int], run: str) -> str:
    """INSERT of a publication by the DAG run `run`; with an empty features table it inserts nothing.

    Args:
        versions: Delta version of each gold table.
    """
    column, features = use_case.period.column, _at(use_case, "features", versions)
    keys = ", ".join(use_case.entity.keys)
    return (
        f"INSERT INTO {table(use_case)} "
        f"SELECT current_timestamp(), {versions['features']}L, {versions['labels']}L, {versions['training_set']}L, "
        f"{_iso(use_case, 'newest.as_of')}, {_iso(use_case, 'labelled.as_of')}, newest.entities, {sql.text(run)} "
        f"FROM (SELECT {column} AS as_of, count(DISTINCT {keys}) AS entities FROM {features} GROUP BY {column} "
        f"ORDER BY {column} DESC LIMIT 1) AS newest "
        f"CROSS JOIN (SELECT {_answered(use_case)} AS as_of FROM {_at(use_case, 'labels', versions)}) AS labelled"
    )


def newest_sql(use_case: UseCase, run: str) -> str:
    """SELECT of what the DAG run `run` published last: `newest_as_of` and `entities`, one row or none."""
    return (
        f"SELECT newest_as_of, entities FROM {table(use_case)} WHERE run = {sql.text(run)} "
        "ORDER BY published_at DESC LIMIT 1"
    )


def _at(use_case: UseCase, role: Role, versions: Mapping[Role, int]) -> str:
    return f"{use_case.gold(role)} VERSION AS OF {versions[role]}"


def _answered(use_case: UseCase) -> str:
    """SQL: the newest period whose question is answered."""
    newest = f"max({use_case.period.column})"
    return (
        use_case.period.sql_shifted(newest, -use_case.answered_after) if use_case.answered_after else newest
    )


def _iso(use_case: UseCase, column: str) -> str:
    if use_case.period.sql_type == "date":
        return f"CAST({column} AS STRING)"
    return f"""date_format({column}, "yyyy-MM-dd'T'HH:mm:ss'+00:00'")"""
