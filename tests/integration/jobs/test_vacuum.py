"""The clean-up of a use case's gold tables, by what a real registry and a real Delta ledger say is needed."""

import json
from typing import TYPE_CHECKING, Any

import mlflow
import pytest

from lakeloop.config import UseCase
from lakeloop.lifecycle import published, registry, retention
from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
from lakeloop.lifecycle.deployment.promotion import Request, promote
from lakeloop.lifecycle.sql import through_spark
from lakeloop_jobs.vacuum import EXIT_REFUSED, main
from tests.integration.jobs.conftest import registered

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NEEDED, NEWEST = 1, 3


@pytest.fixture
def training_set(known: UseCase, spark: "SparkSession") -> str:
    """Four versions of the training set."""
    for layer in ("gold", "ml"):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {known.name}_{layer}")
    for statement in published.create_sql(known):
        spark.sql(statement)
    table = known.gold("training_set")
    for version in range(NEWEST + 1):
        spark.sql(f"CREATE OR REPLACE TABLE {table} USING DELTA AS SELECT {version} AS x")
    return table


@pytest.fixture
def champion(
    known: UseCase, client: mlflow.MlflowClient, spark: "SparkSession", logged: Any, training_set: str
) -> None:
    """Version 1, promoted; trained on the second version of the training set."""
    policy = registry.holdout_policy(known)
    tags = {"validation_status": "passed", "compared_with_champion": "none", "holdout_policy": policy}
    run_id = logged(data_versions=json.dumps({training_set: NEEDED}), **tags)
    number = str(registry.register(client, registered(known), run_id).version)
    promote(
        client, ledger_of(through_spark(spark), known), registered(known), Request(number, "a", "b", policy)
    )


def arguments(use_case: UseCase, **more: str) -> list[str]:
    named = {"use-case": use_case.name, "target": "local"}
    return [f"--{name}={value}" for name, value in (named | more).items()]


def cleanings(spark: "SparkSession", table: str) -> int:
    """How often the table was cleaned up: each time its retention is set before and set back afterwards.

    Delta keeps no record of a VACUUM itself on S3.
    """
    return spark.sql(f"DESCRIBE HISTORY {table}").where("operation = 'SET TBLPROPERTIES'").count() // 2


def test_it_says_what_is_needed_and_by_whom_and_removes_nothing_more(
    known: UseCase,
    spark: "SparkSession",
    champion: None,
    training_set: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(arguments(known, **{"dry-run": "true"}))

    assert f"version {NEEDED}: model version 1" in capsys.readouterr().out
    assert cleanings(spark, training_set) == 0

    main(arguments(known, **{"retain-hours": ""}))  # the DAG's way to say: as many as needed
    assert cleanings(spark, training_set) == 1
    assert spark.sql(f"SELECT x FROM {training_set} VERSION AS OF {NEEDED}").collect() == [(NEEDED,)]


def test_to_keep_less_than_needed_is_refused_and_nothing_is_removed(
    known: UseCase,
    spark: "SparkSession",
    champion: None,
    training_set: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments(known, **{"retain-hours": "1"}))

    assert exit_.value.code == EXIT_REFUSED
    hours = int(retention.MARGIN.total_seconds() // 3600) + 1
    assert (
        f"refused: {training_set} cannot be vacuumed down to 1 hours: version {NEEDED} is needed by model version 1"
        in (said := capsys.readouterr().err)
    )
    assert f"kept for {hours} hours" in said
    assert cleanings(spark, training_set) == 0
