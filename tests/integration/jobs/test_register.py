"""The register job against a real MLflow server."""

from typing import TYPE_CHECKING, Any

import mlflow
import pytest

from lakeloop.config import UnknownUseCaseError, UseCase
from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
from lakeloop.lifecycle.sql import through_spark
from lakeloop_jobs.register import EXIT_REFUSED, main
from tests.integration.jobs.conftest import registered

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_a_passed_run_is_registered_and_said_and_written_down_once(
    known: UseCase,
    client: mlflow.MlflowClient,
    spark: "SparkSession",
    logged: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_id = logged(validation_status="passed", validation_reason="good enough", job_run_id="77")

    main(["--use-case", known.name, "--target", "local", "--run-id", run_id])

    said = capsys.readouterr().out
    assert f"registered model={registered(known)} version=1 validation_status=passed" in said
    assert "reason: good enough" in said
    main(["--use-case", known.name, "--target", "local", "--run-id", run_id])  # tried again
    [row] = ledger_of(through_spark(spark), known).rows(registered(known))
    assert (row.event, row.to_version, row.gate_reason) == ("proposal", "1", "good enough")
    assert run_id in row.who
    version = client.get_model_version_by_alias(registered(known), "challenger")
    assert (version.run_id, version.tags["job_run_id"]) == (run_id, "77")


def test_a_refused_run_is_registered_too(
    known: UseCase, client: mlflow.MlflowClient, logged: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = logged(validation_status="refused", validation_reason="holdout AUC 0.7 is below 0.8")

    main(["--use-case", known.name, "--target=local", f"--run-id={run_id}"])

    assert "validation_status=refused\nreason: holdout AUC 0.7 is below 0.8" in capsys.readouterr().out
    assert client.get_registered_model(registered(known)).aliases == {}


def test_a_run_without_a_verdict_ends_with_its_own_exit_code(
    known: UseCase, client: mlflow.MlflowClient, logged: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--use-case", known.name, "--target", "local", "--run-id", logged()])

    assert exit_.value.code == EXIT_REFUSED
    assert "refused: run " in capsys.readouterr().err
    assert client.search_registered_models(f"name = '{registered(known)}'") == []


def test_an_unknown_use_case_is_named() -> None:
    with pytest.raises(UnknownUseCaseError, match="no use case 'chrun'; did you mean 'churn'"):
        main(["--use-case", "chrun", "--target", "local", "--run-id", "x"])


def test_a_run_that_is_refused_at_a_second_validation_is_no_challenger_any_more(
    known: UseCase, client: mlflow.MlflowClient, logged: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = logged(validation_status="passed", validation_reason="good enough")
    main(["--use-case", known.name, "--target", "local", "--run-id", run_id])
    client.set_tag(run_id, "validation_status", "refused")
    client.set_tag(run_id, "validation_reason", "worse than the champion")

    main(["--use-case", known.name, "--target", "local", "--run-id", run_id])

    assert "version=1 validation_status=refused\nreason: worse than the champion" in capsys.readouterr().out
    assert client.get_registered_model(registered(known)).aliases == {}
