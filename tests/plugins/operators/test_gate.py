"""The gate in the DAG, against a real registry."""

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from mlflow.tracking import MlflowClient

from lakeloop.config import Target, UseCase
from lakeloop_airflow import assets
from lakeloop_airflow.links import report_page
from lakeloop_airflow.operators.gate import AnnounceModelOperator, ValidationGateOperator


class Events(dict[Any, Any]):
    """``outlet_events`` of a context: an accessor per asset, made when first asked for."""

    def __missing__(self, asset: Any) -> Any:
        self[asset] = type("Accessor", (), {"extra": {}})()
        return self[asset]


@pytest.fixture
def gate(use_case: UseCase, target: Target, client: MlflowClient) -> ValidationGateOperator:
    return ValidationGateOperator(task_id="gate", use_case=use_case, target=target, workflow_run_id="77")


@pytest.fixture
def pushed() -> dict[str, str]:
    return {}


@pytest.fixture
def context(pushed: dict[str, str]) -> dict[str, Any]:
    return {"ti": SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value}))}


def test_the_version_of_this_run_passes_with_its_reason(
    gate: ValidationGateOperator, version: Any, context: dict[str, Any], pushed: dict[str, str]
) -> None:
    version(job_run_id="76", validation_status="refused", validation_reason="weak")
    mine = version(
        job_run_id="77", validation_status="passed", validation_reason="good", compared_with_champion="none"
    )
    version(job_run_id="78", validation_status="passed", validation_reason="another run's")

    assert gate.choose_branch(context) == "passed"
    assert pushed == {"version": mine, "reason": "good"}


def test_a_refused_version_takes_the_other_branch_with_its_reason(
    gate: ValidationGateOperator, version: Any, context: dict[str, Any], pushed: dict[str, str]
) -> None:
    version(job_run_id="77", validation_status="refused", validation_reason="holdout AUC 0.71 is below 0.80")

    assert gate.choose_branch(context) == "refused"
    assert pushed == {"version": "1", "reason": "holdout AUC 0.71 is below 0.80"}


def test_a_cleared_gate_of_an_old_run_refuses_what_never_met_the_present_champion(
    gate: ValidationGateOperator,
    client: MlflowClient,
    version: Any,
    context: dict[str, Any],
    pushed: dict[str, str],
    model: str,
) -> None:
    old = {"validation_status": "passed", "validation_reason": "good", "compared_with_champion": "none"}
    version(job_run_id="77", **old)
    champion = version(job_run_id="78", **(old | {"compared_with_champion": "1"}))
    client.set_registered_model_alias(model, "champion", champion)

    assert gate.choose_branch(context) == "refused"
    assert pushed["reason"] == "it was compared with champion none, and the present champion is 2"


def test_a_cleared_gate_of_the_champion_itself_changes_nothing(
    gate: ValidationGateOperator, client: MlflowClient, version: Any, context: dict[str, Any], model: str
) -> None:
    champion = version(job_run_id="77", validation_status="passed", compared_with_champion="none")
    client.set_registered_model_alias(model, "champion", champion)

    assert gate.choose_branch(context) == "passed"  # its promotion finds it champion already


@pytest.mark.parametrize("tags", [{}, {"validation_status": "pending"}, {"validation_status": "PASSED"}])
def test_without_a_verdict_it_fails_and_is_not_tried_again(
    gate: ValidationGateOperator,
    version: Any,
    context: dict[str, Any],
    pushed: dict[str, str],
    tags: dict[str, str],
) -> None:
    version(job_run_id="77", **tags)

    with pytest.raises(AirflowFailException, match='expected "passed" or "refused"'):
        gate.choose_branch(context)

    assert pushed == {}


@pytest.mark.parametrize("runs", [[], ["76"], ["77", "77"]], ids=["none", "another's", "two"])
def test_anything_but_one_version_of_this_run_fails(
    gate: ValidationGateOperator, version: Any, context: dict[str, Any], runs: list[str], model: str
) -> None:
    for run in runs:
        version(job_run_id=run, validation_status="passed", validation_reason="good")

    with pytest.raises(
        AirflowFailException, match=f"Expected one version of {model} with tag job_run_id=77, found"
    ):
        gate.choose_branch(context)


def test_the_announcement_carries_version_reason_and_person(use_case: UseCase) -> None:
    asset = assets.validated_model(use_case)
    announce = AnnounceModelOperator(task_id="passed", announces=asset, gate="gate")
    values = {"version": "4", "reason": "good"}
    run = SimpleNamespace(dag_id="churn_train", run_id="r", triggering_user_name="jane")
    context: Any = {
        "ti": SimpleNamespace(xcom_pull=lambda task_ids, key: values[key] if task_ids == "gate" else None),
        "dag_run": run,
        "outlet_events": Events(),
    }

    announce.render_template_fields(context)

    assert announce.execute(context) == "4"
    assert context["outlet_events"][asset].extra == {
        "version": "4",
        "reason": "good",
        "who": "jane (airflow:churn_train:r)",
    }


def test_the_task_links_to_the_report_of_the_run_that_it_judged(
    gate: ValidationGateOperator,
    client: MlflowClient,
    version: Any,
    context: dict[str, Any],
    model: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    experiment = client.create_experiment("reports")
    run_id = client.create_run(experiment).info.run_id
    client.create_registered_model(model)
    tags = {"job_run_id": "77", "validation_status": "refused", "validation_reason": "weak"}
    client.create_model_version(model, "file:///m", run_id=run_id, tags=tags)
    [link] = gate.operator_extra_links
    monkeypatch.setattr(MlflowClient, "tracking_uri", "http://127.0.0.1:5500/")

    gate.choose_branch(context)

    page = f"experiments/{experiment}/runs/{run_id}/artifacts/report.html"
    assert link.name == "See Validation Report"
    assert link.get_link(gate, ti_key=None) == f"http://127.0.0.1:5500/#/{page}"
    monkeypatch.setattr(MlflowClient, "tracking_uri", "databricks")
    monkeypatch.setenv("DATABRICKS_HOST", "https://adb.example")
    assert report_page(client, run_id) == f"https://adb.example/ml/{page}"


def test_without_a_run_there_is_no_link(
    gate: ValidationGateOperator, version: Any, context: dict[str, Any]
) -> None:
    version(job_run_id="77", validation_status="refused", validation_reason="weak")

    gate.choose_branch(context)

    assert gate.operator_extra_links[0].get_link(gate, ti_key=None) == ""


def test_airflow_keeps_the_link_with_the_serialized_task(gate: ValidationGateOperator) -> None:
    from airflow.sdk import DAG
    from airflow.serialization.serialized_objects import DagSerialization

    with DAG("linked") as dag:
        dag.add_task(gate)

    kept = DagSerialization.from_dict(DagSerialization.to_dict(dag)).get_task("gate")

    assert [link.name for link in kept.operator_extra_links] == ["See Validation Report"]
