"""Rollback by the job and by the command line, against a real MLflow server and a real Delta ledger."""

import json
from typing import TYPE_CHECKING, Any

import mlflow
import pytest
from typer.testing import CliRunner

from lakeloop.config import UseCase
from lakeloop.lifecycle import published, registry
from lakeloop.lifecycle.deployment.alias import champion
from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
from lakeloop.lifecycle.deployment.promotion import Request, promote
from lakeloop.lifecycle.deployment.served import SERVED_UNTIL
from lakeloop.lifecycle.sql import through_spark
from lakeloop_jobs.rollback import EXIT_REFUSED, main
from lakeloop_stack.cli.commands import app
from tests.integration.jobs.conftest import registered

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture
def features(known: UseCase, spark: "SparkSession") -> str:
    """Published features of 30 entities; their table."""
    for layer in ("gold", "ml"):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {known.name}_{layer}")
    table = known.gold("features")
    spark.sql(
        f"CREATE TABLE {table} USING DELTA AS SELECT id AS household_id, DATE'2017-12-09' AS as_of, "
        "CAST(id % 9 AS INT) AS days_since_purchase, CAST(id AS DECIMAL(10,2)) AS baskets FROM range(30)"
    )
    _publish(spark, known, 0)
    return table


def _publish(spark: "SparkSession", use_case: UseCase, version: int) -> None:
    for statement in published.create_sql(use_case):
        spark.sql(statement)
    values = f"current_timestamp(), {version}, 0, 0, '2017-12-09', NULL, 1, 'test'"
    spark.sql(f"INSERT INTO {published.table(use_case)} SELECT {values}")


@pytest.fixture
def two_champions(
    known: UseCase, client: mlflow.MlflowClient, spark: "SparkSession", logged: Any, features: str
) -> None:
    """Version 1 was champion and served, version 2 is champion."""
    policy, ledger = registry.holdout_policy(known), ledger_of(through_spark(spark), known)
    for met in ("none", "1"):
        run_id = logged(validation_status="passed", compared_with_champion=met, holdout_policy=policy)
        number = str(registry.register(client, registered(known), run_id).version)
        promote(client, ledger, registered(known), Request(number, "a", "b", policy))
    client.set_model_version_tag(registered(known), "1", SERVED_UNTIL, "2026-01-01T00:00:00+00:00")


def arguments(use_case: UseCase, **more: str) -> list[str]:
    named = {"use-case": use_case.name, "target": "local", "reason": "bad", "who": "jane", "request": "one"}
    return [f"--{name}={value}" for name, value in (named | more).items()]


def test_the_job_rolls_back_once_and_refuses_what_cannot_score(
    known: UseCase,
    client: mlflow.MlflowClient,
    spark: "SparkSession",
    two_champions: None,
    features: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(arguments(known))
    main(arguments(known))  # the task is tried again

    assert champion(client, registered(known)) == "1"
    said = capsys.readouterr().out
    assert "rolled_back: " in said
    assert "20 rows as of 2017-12-09" in said
    assert "version 1 serves now" in said
    spark.sql(f"CREATE OR REPLACE TABLE {features} USING DELTA AS SELECT household_id, as_of FROM {features}")
    _publish(spark, known, 1)
    with pytest.raises(SystemExit) as exit_:
        main(arguments(known, to="2", request="two"))
    assert exit_.value.code == EXIT_REFUSED
    assert "needs days_since_purchase, baskets, which version 1 of" in capsys.readouterr().err
    assert champion(client, registered(known)) == "1"


def test_the_command_line_rolls_back_and_shows_the_history(
    known: UseCase,
    client: mlflow.MlflowClient,
    stack: dict[str, str],
    two_champions: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LAKELOOP_HOME", stack["LAKELOOP_HOME"])
    monkeypatch.setattr("lakeloop.config.load_use_case", lambda name: known)
    run = CliRunner()

    back = run.invoke(app, ["rollback", known.name, "--reason", "scores [jumped]", "--who", "jane"])

    assert (back.exit_code, back.exception) == (0, None)
    assert f"rolled_back: {registered(known)} 2 -> 1" in back.output
    assert "No night's scores are of the version that was rolled back." in back.output
    assert champion(client, registered(known)) == "1"
    shown = json.loads(run.invoke(app, ["history", known.name, "--json"]).output)
    assert shown["champion"] == "1"
    assert [(row["event"], row["to_version"]) for row in shown["rows"]] == [
        ("proposal", "1"),
        ("promotion", "1"),
        ("proposal", "2"),
        ("promotion", "2"),
        ("rollback", "1"),
    ]
    table = run.invoke(app, ["history", known.name]).output
    assert "scores [jumped]" in table
    assert "Champion: 1, in the registry and in the ledger." in table
