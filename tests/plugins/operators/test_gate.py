"""The gate in the DAG, against a real registry."""

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from mlflow.tracking import MlflowClient

from lakeloop.config import Target, UseCase
from lakeloop_airflow import assets
from lakeloop_airflow.operators.gate import ValidationGateOperator


class Events(dict[Any, Any]):
    """``outlet_events`` of a context: an accessor per asset, made when first asked for."""

    def __missing__(self, asset: Any) -> Any:
        self[asset] = type("Accessor", (), {"extra": {}})()
        return self[asset]


@pytest.fixture
def gate(use_case: UseCase, target: Target, client: MlflowClient) -> ValidationGateOperator:
    return ValidationGateOperator(
        task_id="gate",
        use_case=use_case,
        target=target,
        announces=assets.validated_model(use_case),
        workflow_run_id="77",
    )


@pytest.fixture
def context() -> dict[str, Any]:
    return {"outlet_events": Events()}


def test_the_version_of_this_run_is_announced_with_its_reason(
    gate: ValidationGateOperator, version: Any, context: dict[str, Any]
) -> None:
    version(job_run_id="76", validation_status="refused", validation_reason="weak")
    mine = version(job_run_id="77", validation_status="passed", validation_reason="good")
    version(job_run_id="78", validation_status="passed", validation_reason="another run's")

    assert gate.execute(context) == mine
    assert context["outlet_events"][gate.announces].extra == {"version": mine, "reason": "good"}


def test_a_refused_version_skips_with_the_reason_and_announces_nothing(
    gate: ValidationGateOperator, version: Any, context: dict[str, Any]
) -> None:
    version(job_run_id="77", validation_status="refused", validation_reason="holdout AUC 0.71 is below 0.80")

    with pytest.raises(
        AirflowSkipException, match=r"churn version 1 is refused: holdout AUC 0\.71 is below 0\.80"
    ):
        gate.execute(context)

    assert context["outlet_events"] == {}


@pytest.mark.parametrize("tags", [{}, {"validation_status": "pending"}, {"validation_status": "PASSED"}])
def test_without_a_verdict_it_fails_and_is_not_tried_again(
    gate: ValidationGateOperator, version: Any, context: dict[str, Any], tags: dict[str, str]
) -> None:
    version(job_run_id="77", **tags)

    with pytest.raises(AirflowFailException, match='expected "passed" or "refused"'):
        gate.execute(context)

    assert context["outlet_events"] == {}


@pytest.mark.parametrize("runs", [[], ["76"], ["77", "77"]], ids=["none", "another's", "two"])
def test_anything_but_one_version_of_this_run_fails(
    gate: ValidationGateOperator, version: Any, context: dict[str, Any], runs: list[str]
) -> None:
    for run in runs:
        version(job_run_id=run, validation_status="passed", validation_reason="good")

    with pytest.raises(
        AirflowFailException, match="Expected one version of churn with tag job_run_id=77, found"
    ):
        gate.execute(context)
