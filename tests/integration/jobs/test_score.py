"""The score job: one night, one result, read back with other engines."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from mlflow.pyfunc import PythonModel

from lakeloop.config import Target, UseCase
from lakeloop.lifecycle import published, registry
from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
from lakeloop.lifecycle.deployment.ledger import LedgerRow, following
from lakeloop.lifecycle.sql import through_spark
from lakeloop_jobs.score import EXIT_NO_CHAMPION, EXIT_REFUSED, main
from tests.integration.jobs.conftest import FEATURES, keys, registered

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TODAY = datetime.now(UTC).date()
COLUMNS = ["household_id", "churn_probability", "model_version", "scored_at", "reasons"]
Publish = Callable[..., int]


def arguments(use_case: UseCase, night: date = TODAY, **more: str) -> list[str]:
    named = {"use-case": use_case.name, "target": "local", "date": night.isoformat(), **more}
    return [f"--{name.replace('_', '-')}={value}" for name, value in named.items()]


def refused(capsys: pytest.CaptureFixture[str], *given: str, code: int = EXIT_REFUSED) -> str:
    """What the job says when it refuses."""
    with pytest.raises(SystemExit) as exit_:
        main(given)
    assert exit_.value.code == code
    return capsys.readouterr().err


@pytest.fixture
def publish(known: UseCase, spark: "SparkSession") -> Publish:
    """Writes features with so many rows in each period (by `as_of`) and publishes them; returns their version."""

    def inner(periods: dict[str, int], days_ago: int = 0, columns: str = "baskets") -> int:
        for layer in ("gold", "ml"):
            spark.sql(f"CREATE SCHEMA IF NOT EXISTS {known.name}_{layer}")
        parts = [
            f"SELECT id AS household_id, DATE'{as_of}' AS as_of, CAST(id % 9 AS INT) AS days_since_purchase, "
            f"CAST(id AS DECIMAL(10,2)) AS {columns}, current_timestamp() AS _ingested_at FROM range({rows})"
            for as_of, rows in periods.items()
        ]
        table = known.gold("features")
        spark.sql(f"CREATE OR REPLACE TABLE {table} USING DELTA AS {' UNION ALL '.join(parts)}")
        version = int(spark.sql(f"DESCRIBE HISTORY {table} LIMIT 1").first()["version"])  # type: ignore[index]
        for statement in published.create_sql(known):
            spark.sql(statement)
        spark.sql(
            f"INSERT INTO {published.table(known)} SELECT current_timestamp() - INTERVAL {days_ago} DAYS, "
            f"{version}, 0, 0, '{max(periods)}', NULL, 1, 'test'"
        )
        return version

    return inner


@pytest.fixture
def crowned(known: UseCase, client: mlflow.MlflowClient, spark: "SparkSession", logged: Any) -> Any:
    """Makes a new version champion, so many days ago by the ledger; returns it."""

    def inner(days_ago: int = 0) -> str:
        before = registry.champion_version(client, registered(known))
        version = str(
            registry.register(client, registered(known), logged(validation_status="passed")).version
        )
        row = LedgerRow(
            who="a",
            why="b",
            model=registered(known),
            promoted_at=datetime.now(UTC) - timedelta(days=days_ago),
            from_version=str(before.version) if before else None,
            to_version=version,
        )
        ledger = ledger_of(through_spark(spark), known)
        ledger.append(following(ledger.rows(registered(known)), row))
        client.set_registered_model_alias(registered(known), registry.CHAMPION, version)
        return version

    return inner


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
    location = spark.sql(f"DESCRIBE DETAIL {use_case.ml('scores')}").first()["location"]  # type: ignore[index]
    options = {name: value for name, value in stack.items() if name.startswith("AWS_")}
    delta = DeltaTable(
        location.replace("s3a://", "s3://"), storage_options=options | {"AWS_ALLOW_HTTP": "true"}
    )
    return delta.to_pandas()


def test_the_newest_period_is_scored_to_delta_and_parquet(
    known: UseCase,
    crowned: Any,
    publish: Publish,
    spark: "SparkSession",
    s3: Any,
    target: Target,
    stack: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    champion = crowned()
    version = publish({"2017-12-02": 50, "2017-12-09": 30})
    capsys.readouterr()

    main(arguments(known))

    said = capsys.readouterr().out
    assert f"scored 30 households as of 2017-12-09 with {registered(known)} version {champion}" in said
    assert f"features version {version}" in said
    assert f"files=s3://lakeloop/scores/{known.name}/as_of=2017-12-09/" in said
    files = exported(s3, target, known)
    assert list(files) == ["as_of=2017-12-09/part-00000.parquet"]
    [frame] = files.values()
    assert frame.columns.tolist() == COLUMNS
    assert sorted(frame["household_id"]) == list(range(30))
    assert set(frame["model_version"]) == {champion}
    assert frame["churn_probability"].between(0, 1).all()
    assert frame["churn_probability"].nunique() > 1
    # one tree's feature may add nothing: that is no reason
    assert frame["reasons"].map(len).between(1, 2).all()
    assert {reason["feature"] for found in frame["reasons"] for reason in found} <= set(FEATURES)
    same = table(spark, known, stack)
    assert set(same["as_of"].astype(str)) == {"2017-12-09"}
    same["reasons"], frame["reasons"] = (part["reasons"].map(list) for part in (same, frame))
    pd.testing.assert_frame_equal(
        same.drop(columns="as_of").sort_values("household_id", ignore_index=True),
        frame.sort_values("household_id", ignore_index=True),
        check_dtype=False,
    )


def test_an_old_night_keeps_its_period_its_data_and_its_champion(
    known: UseCase,
    crowned: Any,
    publish: Publish,
    spark: "SparkSession",
    s3: Any,
    target: Target,
    stack: dict[str, str],
) -> None:
    old_night = TODAY - timedelta(days=3)
    old_champion = crowned(days_ago=4)
    publish({"2017-12-02": 30}, days_ago=4)
    new_champion = crowned(days_ago=1)
    publish({"2017-12-02": 45, "2017-12-09": 12})
    main(arguments(known))
    new = exported(s3, target, known)

    main(arguments(known, old_night))

    both = exported(s3, target, known)
    assert sorted(both) == ["as_of=2017-12-02/part-00000.parquet", "as_of=2017-12-09/part-00000.parquet"]
    old = both["as_of=2017-12-02/part-00000.parquet"]
    assert (len(old), set(old["model_version"])) == (30, {old_champion})
    kept = "as_of=2017-12-09/part-00000.parquet"
    pd.testing.assert_frame_equal(both[kept], new[kept])
    assert set(new[kept]["model_version"]) == {new_champion}
    sizes = table(spark, known, stack).groupby("as_of").size()
    assert {str(as_of): rows for as_of, rows in sizes.items()} == {"2017-12-02": 30, "2017-12-09": 12}


def test_an_old_night_does_not_replace_newer_scores_unless_a_person_says_so(
    known: UseCase,
    crowned: Any,
    publish: Publish,
    s3: Any,
    target: Target,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = crowned(days_ago=4)
    publish({"2017-12-02": 30}, days_ago=4)
    new = crowned()
    main(arguments(known))  # nothing new was published: the same period, by the new champion
    old_night = TODAY - timedelta(days=3)

    said = refused(capsys, *arguments(known, old_night))

    assert f"2017-12-02 was scored at {TODAY}" in said
    assert f"with version {new}; the night that was asked for has champion version {old}" in said
    [frame] = exported(s3, target, known).values()
    assert set(frame["model_version"]) == {new}
    main(arguments(known, old_night, model_version=old, override="true"))
    [frame] = exported(s3, target, known).values()
    assert set(frame["model_version"]) == {old}


def test_an_old_night_does_not_bring_back_features_that_were_published_anew(
    known: UseCase,
    crowned: Any,
    publish: Publish,
    s3: Any,
    target: Target,
    capsys: pytest.CaptureFixture[str],
) -> None:
    crowned(days_ago=5)
    publish({"2017-12-02": 30}, days_ago=4)
    corrected = publish({"2017-12-02": 20})
    main(arguments(known))

    said = refused(capsys, *arguments(known, TODAY - timedelta(days=3)))

    assert f"2017-12-02 was scored at {TODAY}" in said
    assert f"and features version {corrected - 1}." in said
    [frame] = exported(s3, target, known).values()
    assert len(frame) == 20


def test_a_second_run_of_a_night_replaces_that_period(
    known: UseCase, crowned: Any, publish: Publish, s3: Any, target: Target
) -> None:
    crowned()
    publish({"2017-12-09": 30})
    main(arguments(known))
    publish({"2017-12-09": 7})

    main(arguments(known))

    [(key, frame)] = exported(s3, target, known).items()
    assert (key, len(frame)) == ("as_of=2017-12-09/part-00000.parquet", 7)


def test_features_that_were_not_published_are_not_scored(
    known: UseCase, crowned: Any, publish: Publish, spark: "SparkSession", s3: Any, target: Target
) -> None:
    crowned()
    publish({"2017-12-09": 30})
    spark.sql(f"UPDATE {known.gold('features')} SET household_id = household_id + 1000")  # its tests failed

    main(arguments(known))

    [frame] = exported(s3, target, known).values()
    assert sorted(frame["household_id"]) == list(range(30))


def test_without_a_champion_nothing_is_written(
    known: UseCase, publish: Publish, spark: "SparkSession", capsys: pytest.CaptureFixture[str]
) -> None:
    publish({"2017-12-09": 30})

    assert "had no champion at" in refused(capsys, *arguments(known), code=EXIT_NO_CHAMPION)
    assert not spark.catalog.tableExists(known.ml("scores"))


def test_an_old_night_before_the_first_champion_is_not_scored_by_a_later_one(
    known: UseCase, crowned: Any, publish: Publish, capsys: pytest.CaptureFixture[str]
) -> None:
    publish({"2017-12-09": 30}, days_ago=4)
    crowned(days_ago=1)

    said = refused(capsys, *arguments(known, TODAY - timedelta(days=3)), code=EXIT_NO_CHAMPION)

    assert f"had no champion at {TODAY - timedelta(days=3)} 23:59 UTC" in said


def test_a_champion_moved_by_hand_scores_and_comes_into_the_ledger(
    known: UseCase,
    client: mlflow.MlflowClient,
    crowned: Any,
    publish: Publish,
    spark: "SparkSession",
    logged: Any,
) -> None:
    crowned()
    publish({"2017-12-09": 30})
    main(arguments(known))
    by_hand = registry.register(client, registered(known), logged(validation_status="passed")).version
    client.set_registered_model_alias(registered(known), registry.CHAMPION, by_hand)

    main(arguments(known, model_version=str(by_hand)))  # as the DAG's task `champion` hands it over

    last = ledger_of(through_spark(spark), known).rows(registered(known))[-1]
    assert (last.event, last.from_version, last.to_version) == ("outside_change", "1", str(by_hand))
    assert {row["model_version"] for row in spark.table(known.ml("scores")).collect()} == {str(by_hand)}


def test_what_is_not_published_stale_or_too_few_is_refused(
    known: UseCase,
    crowned: Any,
    publish: Publish,
    spark: "SparkSession",
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowned()
    assert "published_features is empty" in refused(capsys, *arguments(known))
    publish({"2017-12-09": 30}, days_ago=9)
    assert "score.stale_after is 192" in refused(capsys, *arguments(known))
    publish({"2017-12-09": 30})
    spark.sql(f"DELETE FROM {known.gold('features')} WHERE household_id > 3")
    strict = known.model_copy(update={"score": known.score.model_copy(update={"min_rows": 31})})
    monkeypatch.setattr("lakeloop_jobs.score.load_use_case", lambda name: strict)
    assert "has 30 rows as of 2017-12-09; score.min_rows is 31" in refused(capsys, *arguments(known))
    assert not spark.catalog.tableExists(known.ml("scores"))


def test_a_published_version_that_is_gone_is_refused(
    known: UseCase, crowned: Any, publish: Publish, spark: "SparkSession", capsys: pytest.CaptureFixture[str]
) -> None:
    crowned()
    version = publish({"2017-12-09": 30})
    spark.sql(f"UPDATE {published.table(known)} SET features_version = {version + 50}")

    said = refused(capsys, *arguments(known))

    assert f"version {version + 50} of {known.gold('features')} is gone" in said


def test_a_feature_that_is_gone_is_named_with_what_to_do(
    known: UseCase, crowned: Any, publish: Publish, spark: "SparkSession", capsys: pytest.CaptureFixture[str]
) -> None:
    champion = crowned()
    publish({"2017-12-09": 30}, columns="receipts")

    said = refused(capsys, *arguments(known))

    assert f"version {champion} of {registered(known)} needs baskets, which version" in said
    assert f'trigger {known.name}_train with {{"force": true}}' in said
    assert not spark.catalog.tableExists(known.ml("scores"))


def test_a_left_over_table_of_another_shape_is_named_and_kept(
    known: UseCase, crowned: Any, publish: Publish, spark: "SparkSession", capsys: pytest.CaptureFixture[str]
) -> None:
    crowned()
    publish({"2017-12-09": 30})
    scores = known.ml("scores")
    spark.sql(f"CREATE TABLE {scores} (household_id BIGINT, week INT) USING DELTA")

    said = refused(capsys, *arguments(known))

    assert (
        f"table {scores} has the columns household_id bigint, week int; expected household_id bigint, as_of"
        in said
    )
    assert spark.table(scores).columns == ["household_id", "week"]


def test_a_table_of_before_keeps_its_scores_and_gets_the_reasons(
    known: UseCase,
    crowned: Any,
    publish: Publish,
    spark: "SparkSession",
    client: mlflow.MlflowClient,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = crowned()
    publish({"2017-12-02": 4, "2017-12-09": 3})
    main(arguments(known))
    old = known.ml("scores")
    spark.sql(f"CREATE TABLE {old}_before AS SELECT * EXCEPT (reasons) FROM {old}")
    spark.sql(f"DROP TABLE {old}")
    spark.sql(f"CREATE TABLE {old} USING DELTA PARTITIONED BY (as_of) AS SELECT * FROM {old}_before")
    spark.sql(f"INSERT INTO {old} SELECT 77, DATE'2017-11-25', 0.5, '{first}', current_timestamp()")

    main(arguments(known))

    rows = spark.table(old).collect()
    assert {str(row["as_of"]): row["reasons"] is None for row in rows} == {
        "2017-11-25": True,
        "2017-12-09": False,
    }
    assert len(rows) == 4
    assert spark.table(old).columns == ["household_id", "as_of", *COLUMNS[1:]]
    unexplained(client, known)
    capsys.readouterr()
    main(arguments(known))
    assert "scores get no reasons: version 2 of" in (said := capsys.readouterr().out)
    assert "is a pyfunc of somebody's own" in said
    assert all(row["reasons"] is None for row in spark.table(old).collect())


def unexplained(client: mlflow.MlflowClient, use_case: UseCase) -> None:
    """Registers a foreign model by hand and makes it champion."""

    class Constant(PythonModel):
        """A model of a person's own; made here, so that it travels to the workers whole."""

        def predict(self, context: object, model_input: pd.DataFrame, params: Any = None) -> Any:
            return [0.25] * len(model_input)

    example = pd.DataFrame([[1.0, 2.0]], columns=FEATURES)
    mlflow.set_experiment("/Shared/tests")
    with mlflow.start_run():
        made = mlflow.pyfunc.log_model(
            name="model",
            python_model=Constant(),
            signature=mlflow.models.infer_signature(example, np.array([0.25])),
            pip_requirements=["mlflow"],
        )
    version = mlflow.register_model(made.model_uri, registered(use_case)).version
    client.set_registered_model_alias(registered(use_case), registry.CHAMPION, version)


def test_keys_of_any_type_and_number_and_hours(
    known: UseCase,
    crowned: Any,
    publish: Publish,
    spark: "SparkSession",
    s3: Any,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowned()
    publish({"2017-12-09": 3})
    table_name, entity_keys = (
        known.gold("features"),
        {"shop": "string", "opened": "date", "till": "decimal(5,2)"},
    )
    other = known.model_copy(
        update={
            "entity": known.entity.model_copy(update={"keys": entity_keys}),
            "period": known.period.model_copy(update={"unit": "hour", "column": "hour"}),
        }
    )
    monkeypatch.setattr("lakeloop_jobs.score.load_use_case", lambda name: other)
    spark.sql(
        f"CREATE OR REPLACE TABLE {table_name} USING DELTA AS SELECT concat('Köln ', id) AS shop, DATE'2017-01-01' AS "
        "opened, CAST(id / 4 AS DECIMAL(5,2)) AS till, TIMESTAMP'2017-12-09 14:00:00+00:00' AS hour, "
        "1 AS days_since_purchase, 2D AS baskets FROM range(5)"
    )
    version = spark.sql(f"DESCRIBE HISTORY {table_name} LIMIT 1").first()["version"]  # type: ignore[index]
    spark.sql(
        f"UPDATE {published.table(known)} SET features_version = {version}, newest_as_of = '2017-12-09T14:00:00+00:00'"
    )

    main(arguments(known))
    main(arguments(known))

    [(key, frame)] = exported(s3, target, known).items()
    assert key == "hour=2017-12-09T14/part-00000.parquet"
    assert sorted(frame["shop"]) == [f"Köln {number}" for number in range(5)]
    assert sorted(str(till) for till in frame["till"]) == ["0.00", "0.25", "0.50", "0.75", "1.00"]
    rows = spark.table(known.ml("scores")).collect()
    assert (len(rows), rows[0]["opened"]) == (5, date(2017, 1, 1))


@pytest.mark.parametrize("night", ["tonight", "2017-13-01", "2017-12-01T04:00"])
def test_a_date_that_is_none_is_refused(night: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--use-case=churn", "--target=local", f"--date={night}"])

    assert exit_.value.code == 2
    assert "argument --date: " in (said := capsys.readouterr().err)
    assert "expected a date or a moment with its time zone" in said
