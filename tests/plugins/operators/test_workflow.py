"""The workflow: one Databricks job, one run of it per attempt, and a follower for each of its tasks."""

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred

from lakeloop.config import Target, UseCase
from lakeloop_airflow.compute import reference, workflow, workflow_notebook, workflow_wheel_task
from lakeloop_airflow.defaults import polled
from lakeloop_airflow.operators.workflow import (
    LaunchWorkflowOperator,
    WorkflowTaskGroup,
    WorkflowTaskOperator,
)
from tests.plugins.conftest import TASK_RUN, Workspace


class Attempt(SimpleNamespace):
    """What operators use of a task instance."""

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


def context(try_number: int = 1, max_tries: int = 2) -> dict[str, Any]:
    return {"ti": Attempt(try_number=try_number, max_tries=max_tries, pushed={})}


@pytest.fixture
def dag(use_case: UseCase, target: Target) -> DAG:
    with DAG("d", default_args={"retries": 2}) as dag:
        before = [EmptyOperator(task_id=name) for name in ("first", "due")]
        settings = workflow(use_case, target, "train") | {"idempotency_token": "t"}
        with WorkflowTaskGroup(group_id="model", **settings) as group:
            train = WorkflowTaskOperator(
                task_id="train",
                settings=workflow_notebook(use_case, target, "train", job_run_id=reference("job.run_id")),
                **polled(target),
            )
            register = WorkflowTaskOperator(
                task_id="register",
                settings=workflow_wheel_task(
                    use_case, target, "register", run_id=reference("tasks.train.values.candidate_run_id")
                ),
                **polled(target),
            )
            train >> register
        before >> group
    return dag


@pytest.fixture
def launch(dag: DAG) -> LaunchWorkflowOperator:
    return dag.get_task("model.launch")  # type: ignore[return-value]


@pytest.fixture
def train(dag: DAG, launch: LaunchWorkflowOperator, workspace: Workspace) -> WorkflowTaskOperator:
    """The follower of a launched run."""
    train: Any = dag.get_task("model.train")
    train.workflow_run = launch.execute(context())
    return train


def test_the_launch_runs_when_one_branch_was_taken(dag: DAG, launch: LaunchWorkflowOperator) -> None:
    assert launch.trigger_rule == "none_failed_min_one_success"
    assert launch.upstream_task_ids == {"first", "due"}
    assert dag.get_task("model.train").upstream_task_ids == {"model.launch"}
    assert dag.get_task("model.register").upstream_task_ids == {"model.launch", "model.train"}


def test_the_job_has_the_tasks_in_their_order(launch: LaunchWorkflowOperator, workspace: Workspace) -> None:
    launch.execute(context())

    [job] = workspace.bodies("/api/2.2/jobs/create")
    tasks = {task["task_key"]: task for task in job["tasks"]}
    assert job["name"] == "[local] churn train"
    assert "depends_on" not in tasks["train"]
    assert tasks["register"]["depends_on"] == [{"task_key": "train"}]


def test_airflow_fills_in_its_templates_and_leaves_databricks_its_own(
    launch: LaunchWorkflowOperator, workspace: Workspace
) -> None:
    names = SimpleNamespace(wheel=lambda *_: "/wheel", notebook=lambda *_: "/notebook")
    given: Any = {**context(), "macros": SimpleNamespace(lakeloop=names), "dag_run": None}

    launch.render_template_fields(given)

    train, register = launch.job["tasks"]
    assert train["notebook_task"]["notebook_path"] == "/notebook"
    assert train["notebook_task"]["base_parameters"]["job_run_id"] == "{{job.run_id}}"
    assert (
        register["python_wheel_task"]["named_parameters"]["run-id"]
        == "{{tasks.train.values.candidate_run_id}}"
    )
    assert launch.job["environments"][0]["spec"]["dependencies"] == ["/wheel"]


def test_an_existing_job_is_reset(launch: LaunchWorkflowOperator, workspace: Workspace) -> None:
    launch.execute(context())
    launch.execute(context())

    assert len(workspace.jobs) == 1
    assert len(workspace.bodies("/api/2.2/jobs/reset")) == 1


def test_a_retry_after_a_killed_worker_finds_its_run_also_when_it_has_succeeded(
    launch: LaunchWorkflowOperator, workspace: Workspace
) -> None:
    first = launch.execute(context())
    workspace.end(first["run_id"], "SUCCESS")

    assert launch.execute(context(try_number=2)) == first
    assert len(workspace.runs) == 1


def test_a_launch_that_was_killed_is_replaced_by_its_retry(
    launch: LaunchWorkflowOperator, workspace: Workspace
) -> None:
    first = launch.execute(context())
    launch.on_kill()  # what Airflow calls on SIGTERM

    assert workspace.runs[first["run_id"]]["result_state"] == "CANCELED"
    assert launch.execute(context(try_number=2))["run_id"] != first["run_id"]


def test_the_buttons_lead_to_the_run_pages(
    launch: LaunchWorkflowOperator, train: WorkflowTaskOperator, workspace: Workspace
) -> None:
    launched, followed = context(), context()
    launch.execute(launched)
    with pytest.raises(TaskDeferred):
        train.execute(followed)

    assert launched["ti"].pushed["run_page_url"] == "http://127.0.0.1/runs/1"
    assert followed["ti"].pushed["run_page_url"] == f"http://127.0.0.1/runs/{1 + TASK_RUN}"


def test_a_task_is_followed_through_the_retries_that_databricks_makes(train: WorkflowTaskOperator) -> None:
    with pytest.raises(TaskDeferred) as deferral:
        train.execute(context())

    trigger: Any = deferral.value.trigger
    assert (trigger.run_id, trigger.workflow_run_id) == (1 + TASK_RUN, 1)
    assert (trigger.databricks_task_key, trigger.max_retries) == ("train", 2)


def ended(result: str) -> dict[str, Any]:
    """What the trigger says."""
    state = f'{{"life_cycle_state": "TERMINATED", "result_state": "{result}", "state_message": ""}}'
    return {"run_id": 1, "run_page_url": "http://page", "run_state": state, "errors": [{"error": "no rows"}]}


def test_a_task_ends_as_its_run_did(train: WorkflowTaskOperator) -> None:
    train.execute_complete(context(), ended("SUCCESS"))

    with pytest.raises(
        AirflowFailException, match=r"train ended FAILED: .*no rows.*http://page.*Clear the workflow's launch"
    ):
        train.execute_complete(context(), ended("FAILED"))


def test_a_task_that_the_run_does_not_have_is_named(train: WorkflowTaskOperator) -> None:
    train.settings = train.settings | {"task_key": "nobody"}

    with pytest.raises(AirflowFailException, match="run 1 has no task nobody"):
        train.execute(context())
