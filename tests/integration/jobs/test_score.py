"""The score job: one night, one result, read back with other engines."""

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

import mlflow
import pandas as pd
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from lakeloop.config import Target, UseCase
from lakeloop.lifecycle import registry
from lakeloop.lifecycle.features import MissingColumnError, MissingTableError
from lakeloop_jobs.score import EXIT_NO_CHAMPION, NothingToScoreError, main
from tests.integration.jobs.conftest import keys

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COLUMNS = ["household_id", "week", "churn_probability", "model_version", "scored_at"]


def arguments(use_case: UseCase, night: str) -> list[str]:
    return [f"--use-case={use_case.name}", "--target=local", f"--date={night}"]


def features(spark: "SparkSession", use_case: UseCase, weeks: dict[int, int], extra: str = "") -> None:
    """The feature table with so many households in each week."""
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS {use_case.schema('gold')}")
    parts = [
        f"SELECT id AS household_id, {week} AS week, CAST(id % 9 AS INT) AS days_since_purchase, "
        f"CAST(id AS DECIMAL(10,2)) AS baskets {extra} FROM range({rows})"
        for week, rows in weeks.items()
    ]
    table = use_case.table("gold", "household_week_features")
    spark.sql(f"CREATE OR REPLACE TABLE {table} USING DELTA AS {' UNION ALL '.join(parts)}")


@pytest.fixture
def champion(known: UseCase, client: mlflow.MlflowClient, logged: Any) -> str:
    version = registry.register(client, known.model.name, logged(validation_status="passed")).version
    client.set_registered_model_alias(known.model.name, registry.CHAMPION, version)
    return str(version)


def exported(s3: Any, target: Target, use_case: UseCase) -> dict[str, pd.DataFrame]:
    """The Parquet files by their key below the use case's scores, read with boto3 and pyarrow."""
    prefix = f"scores/{use_case.name}/"
    bodies = {
        key: s3.get_object(Bucket=target.bucket, Key=key)["Body"].read() for key in keys(s3, target, use_case)
    }
    return {
        key.removeprefix(prefix): pq.read_table(io.BytesIO(body)).to_pandas() for key, body in bodies.items()
    }


def table(spark: "SparkSession", use_case: UseCase, stack: dict[str, str]) -> pd.DataFrame:
    """The scores table as delta-rs reads it."""
    name = use_case.table("ml", "scores")
    location = spark.sql(f"DESCRIBE DETAIL {name}").first()["location"]  # type: ignore[index]
    options = {name: value for name, value in stack.items() if name.startswith("AWS_")}
    delta = DeltaTable(
        location.replace("s3a://", "s3://"), storage_options=options | {"AWS_ALLOW_HTTP": "true"}
    )
    return delta.to_pandas()


def test_the_last_week_is_scored_to_delta_and_parquet(
    known: UseCase,
    champion: str,
    spark: "SparkSession",
    s3: Any,
    target: Target,
    stack: dict[str, str],
    capsys: Any,
) -> None:
    features(spark, known, {47: 50, 48: 30})

    main(arguments(known, "2017-12-10"))

    said = capsys.readouterr().out
    assert f"scored 30 rows of week 48 with {known.model.name} version {champion}" in said
    assert f"files=s3://lakeloop/scores/{known.name}/date=2017-12-10/" in said
    files = exported(s3, target, known)
    assert list(files) == ["date=2017-12-10/part-00000.parquet"]
    [frame] = files.values()
    assert frame.columns.tolist() == COLUMNS
    assert sorted(frame["household_id"]) == list(range(30))
    assert set(frame["week"]) == {48}
    assert set(frame["model_version"]) == {champion}
    assert frame["churn_probability"].between(0, 1).all()
    assert frame["churn_probability"].nunique() > 1
    same = table(spark, known, stack).drop(columns="score_date")
    pd.testing.assert_frame_equal(
        same.sort_values("household_id", ignore_index=True),
        frame.sort_values("household_id", ignore_index=True),
        check_dtype=False,
    )


def test_a_second_run_of_a_night_replaces_that_night_only(
    known: UseCase, champion: str, spark: "SparkSession", s3: Any, target: Target, stack: dict[str, str]
) -> None:
    features(spark, known, {48: 30})
    main(arguments(known, "2017-12-10"))
    main(arguments(known, "2017-12-11"))
    before = exported(s3, target, known)

    features(spark, known, {48: 30, 49: 12})
    main(arguments(known, "2017-12-11"))

    after = exported(s3, target, known)
    assert list(after) == list(before)
    kept, replaced = sorted(after)
    pd.testing.assert_frame_equal(after[kept], before[kept])
    assert len(after[replaced]) == 12
    assert set(after[replaced]["week"]) == {49}
    nights = table(spark, known, stack).groupby("score_date").size()
    assert {str(night): rows for night, rows in nights.items()} == {"2017-12-10": 30, "2017-12-11": 12}
    assert (after[replaced]["scored_at"].max() - datetime.now(tz=after[kept]["scored_at"].dt.tz)).days <= 0


def test_without_a_champion_nothing_is_written(known: UseCase, spark: "SparkSession", capsys: Any) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments(known, "2017-12-10"))

    assert exit_.value.code == EXIT_NO_CHAMPION
    assert "has no champion yet" in capsys.readouterr().err
    assert not spark.catalog.databaseExists(known.schema("ml"))


def test_a_missing_feature_table_is_named(known: UseCase, champion: str, s3: Any, target: Target) -> None:
    with pytest.raises(
        MissingTableError, match=f"table {known.name}_gold.household_week_features does not exist"
    ):
        main(arguments(known, "2017-12-10"))

    assert exported(s3, target, known) == {}


def test_a_missing_feature_is_named_before_anything_is_written(
    known: UseCase, champion: str, spark: "SparkSession"
) -> None:
    spark.sql(f"CREATE SCHEMA {known.schema('gold')}")
    spark.sql(
        f"CREATE TABLE {known.table('gold', 'household_week_features')} USING DELTA "
        "AS SELECT 1L AS household_id, 48 AS week, 3 AS days_since_purchase"
    )

    with pytest.raises(
        MissingColumnError, match="has no column baskets; it has household_id, week, days_since"
    ):
        main(arguments(known, "2017-12-10"))

    assert not spark.catalog.databaseExists(known.schema("ml"))


def test_an_empty_feature_table_is_said(known: UseCase, champion: str, spark: "SparkSession") -> None:
    features(spark, known, {48: 0})

    with pytest.raises(NothingToScoreError, match="household_week_features is empty"):
        main(arguments(known, "2017-12-10"))


def test_a_date_that_is_none_is_refused(capsys: Any) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--use-case=churn", "--date=tonight"])

    assert exit_.value.code == 2
    assert "argument --date: invalid fromisoformat value: 'tonight'" in capsys.readouterr().err
