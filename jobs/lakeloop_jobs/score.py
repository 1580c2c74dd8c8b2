"""Scores every active household of the last completed week with the champion: one night, one result.

The Delta table is written first (one atomic commit that replaces the night), the Parquet files are exported
from it; a re-run replaces that night in both and touches no other.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import boto3
import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.models import Model

from lakeloop.config import Target, UseCase, load_target, load_use_case
from lakeloop.lifecycle import registry
from lakeloop.lifecycle.export import write_night
from lakeloop.lifecycle.features import require_columns
from lakeloop.lifecycle.scoring import pack, score_frame
from lakeloop.lifecycle.session import require_table, spark_session, use_mlflow

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

EXIT_NO_CHAMPION = 3


class NothingToScoreError(RuntimeError):
    """The feature table has no rows."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit code 3 when there is no champion yet: nothing is written then."""
    options = _parser().parse_args(arguments)
    use_case, target = load_use_case(options.use_case), load_target(options.target)
    use_mlflow(target.mlflow)
    model = target.model_name(use_case)
    champion = scoring_version(mlflow.MlflowClient(), model, options.model_version)
    if champion is None:
        print(f"model {model} has no champion yet: train and deploy one, then score", file=sys.stderr)
        sys.exit(EXIT_NO_CHAMPION)
    spark = spark_session(target.catalog)
    week, rows, scored = score_last_week(spark, use_case, champion)
    written, uri = publish(spark, use_case, target, scored, options.date.isoformat(), rows)
    print(f"scored {written} rows of week {week} with {model} version {champion.version}")
    print(f"table={use_case.table('ml', 'scores')} files={uri}")


def scoring_version(client: mlflow.MlflowClient, model: str, version: str | None) -> ModelVersion | None:
    """The version that was asked for, else the champion. Raises LookupError when there is no such version."""
    if version is None:
        return registry.champion_version(client, model)
    found = registry.find_version(client, model, version)
    if found is None:
        raise LookupError(
            f"model {model} has no version {version!r}; leave out --model-version for the champion"
        )
    return found


def score_last_week(
    spark: "SparkSession", use_case: UseCase, champion: ModelVersion
) -> tuple[int, int, "DataFrame"]:
    """Last completed week, its number of rows, and household, week, probability and version (lazily)."""
    table = use_case.table("gold", "household_week_features")
    require_table(spark, table)
    packed, inputs = fetch(champion)
    features = spark.table(table)
    require_columns(table, features.columns, [use_case.entity, "week", *inputs])
    newest = features.groupBy("week").count().orderBy("week", ascending=False).first()
    if newest is None:
        raise NothingToScoreError(f"table {table} is empty; ingest and transform at least one completed week")
    week, rows = newest["week"], newest["count"]
    last = features.where(features.week == week)
    scores = score_frame(last, packed, [use_case.entity, "week"], inputs, use_case.probability, rows)
    return week, rows, scores.selectExpr("*", f"'{champion.version}' AS model_version")


def fetch(champion: ModelVersion) -> tuple[bytes, list[str]]:
    """The model's files, packed, and the features it was trained on (its signature, not today's YAML)."""
    with TemporaryDirectory() as folder:
        uri = f"models:/{champion.name}/{champion.version}"
        files = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder)
        return pack(Path(files)), Model.load(files).get_input_schema().input_names()


def publish(
    spark: "SparkSession", use_case: UseCase, target: Target, scored: "DataFrame", night: str, rows: int
) -> tuple[int, str]:
    """Replaces the night in the scores table, then its Parquet files; returns rows written and the URI."""
    table = use_case.table("ml", "scores")
    _create(spark, use_case, table)
    stamped = scored.selectExpr("*", "current_timestamp() AS scored_at", f"DATE'{night}' AS score_date")
    condition = f"score_date = DATE'{night}'"
    stamped.write.format("delta").mode("overwrite").option("replaceWhere", condition).saveAsTable(table)
    saved = spark.table(table).where(condition)
    uri = write_night(_s3(), saved.drop("score_date"), target.scores_uri(use_case), night, rows)
    return saved.count(), uri


def _create(spark: "SparkSession", use_case: UseCase, table: str) -> None:
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS {use_case.schema('ml')}")
    spark.sql(
        f"CREATE TABLE IF NOT EXISTS {table} ({use_case.entity} BIGINT, week INT, "
        f"{use_case.probability} DOUBLE, model_version STRING, scored_at TIMESTAMP, "
        "score_date DATE) USING DELTA PARTITIONED BY (score_date)"
    )


def _s3():  # type: ignore[no-untyped-def]
    return boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="score", description=__doc__)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--date", required=True, type=date.fromisoformat, help="the night, YYYY-MM-DD")
    parser.add_argument(
        "--model-version", default=None, help="what the DAG found as champion; default: the champion"
    )
    return parser


if __name__ == "__main__":
    main()
