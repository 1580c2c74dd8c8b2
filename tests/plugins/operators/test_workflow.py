"""The workflow's launch starts one run per attempt, whatever happens to the worker."""

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.databricks.operators.databricks import DatabricksSubmitRunOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, TaskDeferred

from lakeloop.config import Target, UseCase
from lakeloop_airflow.compute import submit_wheel_task, wheel_task
from lakeloop_airflow.defaults import deferred
from lakeloop_airflow.idempotency import idempotency_token
from lakeloop_airflow.operators.workflow import (
    LaunchWorkflowOperator,
    WorkflowNotebookOperator,
    WorkflowTaskGroup,
    WorkflowTaskOperator,
)
from tests.plugins.conftest import Workspace

REFERENCE = "{{tasks.train.values.candidate_run_id}}"


class Attempt(SimpleNamespace):
    """What operators use of a task instance."""

    stats_tags: dict[str, str] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def xcom_pull(self, **_: Any) -> dict[str, Any]:
        return {"conn_id": "databricks_default", "job_id": 1, "run_id": 1}


def context(max_tries: int = 2) -> dict[str, Any]:
    ti = Attempt(
        dag_id="d", run_id="r", task_id="t", map_index=-1, try_number=1, max_tries=max_tries, pushed={}
    )
    return {"ti": ti, "task_instance": ti, "params": {}}


@pytest.fixture
def dag(use_case: UseCase, target: Target) -> DAG:
    with DAG("d") as dag:
        before = [EmptyOperator(task_id=name) for name in ("first", "due")]
        with WorkflowTaskGroup(group_id="model", databricks_conn_id="databricks_default") as workflow:
            train = WorkflowNotebookOperator(
                task_id="train",
                databricks_task_key="train",
                notebook_path="/x",
                source="WORKSPACE",
                notebook_params={"job_run_id": "{{job.run_id}}"},
                max_retries=2,
                **deferred(target),
            )
            register = WorkflowTaskOperator(
                task_id="register",
                databricks_task_key="register",
                task_config=wheel_task(use_case, target, "register", run_id=REFERENCE),
                **deferred(target),
            )
            train >> register
        before >> workflow
    return dag


@pytest.fixture
def launch(dag: DAG) -> LaunchWorkflowOperator:
    return dag.get_task("model.launch")  # type: ignore[return-value]


def test_the_launch_is_ours_and_runs_when_one_branch_was_taken(launch: LaunchWorkflowOperator) -> None:
    assert type(launch) is LaunchWorkflowOperator
    assert launch.trigger_rule == "none_failed_min_one_success"
    assert launch.upstream_task_ids == {"first", "due"}


def test_the_job_is_created_with_its_graph_and_databricks_own_references(
    launch: LaunchWorkflowOperator, workspace: Workspace
) -> None:
    launch.execute(context())

    [job] = workspace.bodies("/api/2.2/jobs/create")
    tasks = {task["task_key"]: task for task in job["tasks"]}
    assert job["name"] == "d.model"
    assert tasks["train"]["notebook_task"]["base_parameters"] == {"job_run_id": "{{job.run_id}}"}
    assert tasks["train"]["max_retries"] == 2
    assert tasks["register"]["depends_on"] == [{"task_key": "train"}]
    assert tasks["register"]["python_wheel_task"]["named_parameters"]["run-id"] == REFERENCE


@pytest.mark.parametrize("name", ["train", "register"])
def test_airflow_leaves_the_references_to_databricks(dag: DAG, name: str) -> None:
    task: Any = dag.get_task(f"model.{name}")

    task.render_template_fields(context())

    assert task.workflow_run_metadata["run_id"] == 1
    kept = {"train": "notebook_params", "register": "task_config"}[name]
    assert ("{{job.run_id}}" if name == "train" else REFERENCE) in str(getattr(task, kept))


def test_an_existing_job_is_reset(launch: LaunchWorkflowOperator, workspace: Workspace) -> None:
    launch.execute(context())
    launch.execute(context())

    assert len(workspace.jobs) == 1
    assert len(workspace.bodies("/api/2.2/jobs/reset")) == 1


def test_a_retry_after_a_killed_worker_finds_its_run_also_when_it_has_ended(
    launch: LaunchWorkflowOperator, workspace: Workspace
) -> None:
    first = launch.execute(context())
    workspace.end(first["run_id"], "SUCCESS")

    assert launch.execute(context()) == first
    assert len(workspace.runs) == 1
    sent = {body["idempotency_token"] for body in workspace.bodies("/api/2.2/jobs/run-now")}
    assert sent == {idempotency_token(context()["ti"])}


def test_a_cleared_launch_starts_a_new_run(launch: LaunchWorkflowOperator, workspace: Workspace) -> None:
    first = launch.execute(context())
    second = launch.execute(context(max_tries=3))

    assert second["run_id"] != first["run_id"]


def test_nothing_empty_is_sent_to_run_now(launch: LaunchWorkflowOperator, workspace: Workspace) -> None:
    launch.execute(context())

    [body] = workspace.bodies("/api/2.2/jobs/run-now")
    assert set(body) == {"job_id", "idempotency_token"}


def test_the_buttons_lead_to_the_run_pages(
    dag: DAG, launch: LaunchWorkflowOperator, workspace: Workspace
) -> None:
    given: dict[str, Any] = context()
    train: Any = dag.get_task("model.train")
    launched = launch.execute(given)
    assert given["ti"].pushed["databricks_job_run_link"] == "http://127.0.0.1/runs/1"

    train.workflow_run_metadata = launched
    with pytest.raises(TaskDeferred) as deferral:
        train.execute(given)

    assert given["ti"].pushed["databricks_job_run_link"] == "http://127.0.0.1/runs/1001"
    assert deferral.value.trigger.run_id == 1001


def test_a_task_of_the_workflow_that_was_retried_reports_how_its_run_ended(
    dag: DAG, launch: LaunchWorkflowOperator, workspace: Workspace
) -> None:
    train: Any = dag.get_task("model.train")
    train.workflow_run_metadata = launch.execute(context())
    workspace.end(1, "SUCCESS")
    train.execute(context())

    workspace.end(1, "FAILED")
    with pytest.raises(AirflowException, match="Final state FAILED"):
        train.execute(context())
    assert len(workspace.bodies("/api/2.2/jobs/run-now")) == 1


@pytest.fixture
def submit(use_case: UseCase, target: Target) -> DatabricksSubmitRunOperator:
    return DatabricksSubmitRunOperator(
        task_id="score", **submit_wheel_task(use_case, target, "score"), **deferred(target)
    )


def rendered(operator: DatabricksSubmitRunOperator) -> DatabricksSubmitRunOperator:
    # what the template gives; tests/plugins/test_plugin.py renders it for real
    operator.idempotency_token = idempotency_token(context()["ti"])
    return operator


def test_a_submitted_run_is_stored_before_the_operator_waits(
    submit: DatabricksSubmitRunOperator, workspace: Workspace
) -> None:
    given = context()

    with pytest.raises(TaskDeferred) as deferral:
        rendered(submit).execute(given)  # type: ignore[arg-type]

    assert given["ti"].pushed["run_id"] == 1
    assert deferral.value.trigger.run_id == 1


def test_a_retry_of_a_submit_re_attaches_and_reports_how_it_ended(
    submit: DatabricksSubmitRunOperator, workspace: Workspace
) -> None:
    with pytest.raises(TaskDeferred):
        rendered(submit).execute(context())  # type: ignore[arg-type]
    workspace.end(1, "SUCCESS")

    rendered(submit).execute(context())  # type: ignore[arg-type]

    assert list(workspace.runs) == [1]


def test_a_retry_of_a_submit_does_not_hide_a_failure(
    submit: DatabricksSubmitRunOperator, workspace: Workspace
) -> None:
    with pytest.raises(TaskDeferred):
        rendered(submit).execute(context())  # type: ignore[arg-type]
    workspace.end(1, "FAILED")

    with pytest.raises(AirflowException, match="FAILED"):
        rendered(submit).execute(context())  # type: ignore[arg-type]
