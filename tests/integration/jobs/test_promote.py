"""The promote job against a real MLflow server and a real Delta ledger."""

from typing import TYPE_CHECKING, Any

import mlflow
import pytest

from lakeloop.config import UseCase
from lakeloop.lifecycle import registry
from lakeloop_jobs.promote import EXIT_REFUSED, main
from tests.integration.jobs.conftest import registered

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def arguments(use_case: UseCase, version: str, who: str = "jane", **more: str) -> list[str]:
    named = {
        "use-case": use_case.name,
        "target": "local",
        "version": version,
        "reason": "passed",
        "who": who,
    }
    return [f"--{name}={value}" for name, value in (named | more).items()]


def rows(spark: "SparkSession", use_case: UseCase) -> list[Any]:
    table = use_case.ml("promotions")
    if not spark.catalog.tableExists(table):
        return []
    return spark.table(table).where("event = 'promotion'").orderBy("promoted_at").collect()


@pytest.fixture
def passed(known: UseCase, client: mlflow.MlflowClient, logged: Any) -> Any:
    """Registers a version that passed against the given champion; returns it as text."""

    def inner(met: str, **tags: str) -> str:
        policy = registry.holdout_policy(known)
        verdict = {"validation_status": "passed", "validation_reason": "AUC 0.86 is enough"}
        run_id = logged(**verdict, compared_with_champion=met, holdout_policy=policy, **tags)
        return str(registry.register(client, registered(known), run_id).version)

    return inner


def champion(client: mlflow.MlflowClient, use_case: UseCase) -> str | None:
    version = registry.champion_version(client, registered(use_case))
    return None if version is None else str(version.version)


def test_the_validated_version_becomes_champion_once(
    known: UseCase,
    client: mlflow.MlflowClient,
    spark: "SparkSession",
    passed: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    passed("none", code_revision="abc")
    capsys.readouterr()  # what MLflow said

    main(arguments(known, "1"))
    main(arguments(known, "1"))

    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"promoted: {registered(known)} none -> 1 (by jane: passed)"
    assert said[1].startswith("unchanged: ")
    assert champion(client, known) == "1"
    [row] = rows(spark, known)
    assert (row["to_version"], row["code_revision"], row["who"]) == ("1", "abc", "jane")
    assert row["gate_reason"] == "AUC 0.86 is enough"


def test_the_task_of_an_old_run_cannot_bring_its_version_back(
    known: UseCase,
    client: mlflow.MlflowClient,
    spark: "SparkSession",
    passed: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for met in ("none", "1"):
        main(arguments(known, passed(met)))

    with pytest.raises(SystemExit) as exit_:
        main(arguments(known, "1"))  # cleared

    assert exit_.value.code == EXIT_REFUSED
    assert "was compared with champion none, and the present champion is 2" in capsys.readouterr().err
    assert champion(client, known) == "2"
    main(arguments(known, "1", reason="2 scores too slowly", override="true"))
    assert champion(client, known) == "1"
    last = rows(spark, known)[-1]
    assert (last["why"], last["from_version"], last["to_version"]) == ("2 scores too slowly", "2", "1")
    assert "was compared with champion none" in last["passed_over"]


@pytest.mark.parametrize("version", ["1", "7", "latest"])
def test_what_did_not_pass_or_does_not_exist_is_refused_and_nothing_changes(
    known: UseCase,
    client: mlflow.MlflowClient,
    spark: "SparkSession",
    logged: Any,
    capsys: pytest.CaptureFixture[str],
    version: str,
) -> None:
    registry.register(
        client, registered(known), logged(validation_status="refused", validation_reason="weak")
    )
    capsys.readouterr()  # what MLflow said

    with pytest.raises(SystemExit) as exit_:
        main(arguments(known, version))

    assert exit_.value.code == EXIT_REFUSED
    said = capsys.readouterr().err
    assert said.startswith("refused: ")
    assert "weak" in said if version == "1" else f"there is no version {version}" in said
    assert champion(client, known) is None
    assert rows(spark, known) == []


def test_nobody_is_refused(known: UseCase, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments(known, "1", who=" "))

    assert exit_.value.code == EXIT_REFUSED
    assert "needs to say who and why" in capsys.readouterr().err
