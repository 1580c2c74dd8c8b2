"""The promote job against a real MLflow server and a real Delta ledger."""

from typing import TYPE_CHECKING, Any

import mlflow
import pytest

from lakeloop.config import UseCase
from lakeloop.lifecycle import registry
from lakeloop_jobs.promote import EXIT_REFUSED, main

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def arguments(use_case: UseCase, version: str, who: str = "airflow:run") -> list[str]:
    named = {"use-case": use_case.name, "target": "local", "version": version, "reason": "passed", "who": who}
    return [f"--{name}={value}" for name, value in named.items()]


def rows(spark: "SparkSession", use_case: UseCase) -> list[Any]:
    table = use_case.table("ml", "promotions")
    return spark.table(table).orderBy("promoted_at").collect() if spark.catalog.tableExists(table) else []


def test_the_validated_version_becomes_champion_once(
    known: UseCase,
    client: mlflow.MlflowClient,
    spark: "SparkSession",
    logged: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    registry.register(client, known.model.name, logged(validation_status="passed", code_revision="abc"))
    capsys.readouterr()  # what MLflow said

    main(arguments(known, "1"))
    main(arguments(known, "1"))

    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"promoted: {known.model.name} none -> 1 (by airflow:run: passed)"
    assert said[1].startswith("unchanged: ")
    champion = registry.champion_version(client, known.model.name)
    assert champion is not None
    assert str(champion.version) == "1"
    assert [(row["to_version"], row["code_revision"]) for row in rows(spark, known)] == [("1", "abc")]


@pytest.mark.parametrize("version", ["1", "7", "latest"])
def test_what_did_not_pass_or_does_not_exist_is_refused_and_nothing_changes(
    known: UseCase,
    client: mlflow.MlflowClient,
    spark: "SparkSession",
    logged: Any,
    capsys: pytest.CaptureFixture[str],
    version: str,
) -> None:
    registry.register(client, known.model.name, logged(validation_status="refused", validation_reason="weak"))
    capsys.readouterr()  # what MLflow said

    with pytest.raises(SystemExit) as exit_:
        main(arguments(known, version))

    assert exit_.value.code == EXIT_REFUSED
    said = capsys.readouterr().err
    assert said.startswith("refused: ")
    assert "weak" in said if version == "1" else f"there is no version {version}" in said
    assert registry.champion_version(client, known.model.name) is None
    assert rows(spark, known) == []


def test_nobody_is_refused(known: UseCase, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments(known, "1", who=" "))

    assert exit_.value.code == EXIT_REFUSED
    assert "needs to say who and why" in capsys.readouterr().err
