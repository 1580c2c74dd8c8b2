"""Submitting a run: found again by a retry, replaced when it has failed."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, TaskDeferred

from lakeloop.config import Target, UseCase
from lakeloop_airflow.compute import submit_wheel_task
from lakeloop_airflow.defaults import deferred
from lakeloop_airflow.operators.submit import SubmitOnceOperator
from tests.plugins.conftest import Workspace

Submit = Callable[[], SubmitOnceOperator]


@pytest.fixture
def submit(use_case: UseCase, target: Target) -> Submit:
    """Makes the operator, as each try does in a process of its own."""
    arguments = {**submit_wheel_task(use_case, target, "score"), "idempotency_token": "t"}
    return lambda: SubmitOnceOperator(task_id="score", retries=2, **arguments, **deferred(target))


def context(try_number: int) -> dict[str, Any]:
    pushed: dict[str, Any] = {}
    ti = SimpleNamespace(
        try_number=try_number,
        max_tries=2,
        pushed=pushed,
        xcom_push=lambda key, value: pushed.update({key: value}),
    )
    return {"ti": ti}


def submitted(operator: SubmitOnceOperator, try_number: int) -> dict[str, Any]:
    """Execute until it defers; returns what was pushed."""
    given = context(try_number)
    with pytest.raises(TaskDeferred) as deferral:
        operator.execute(given)
    assert deferral.value.trigger.run_id == given["ti"].pushed["run_id"]
    return given["ti"].pushed


def test_a_run_is_stored_and_linked_before_the_operator_waits(submit: Submit, workspace: Workspace) -> None:
    pushed = submitted(submit(), try_number=1)

    assert (pushed["run_id"], pushed["run_page_url"]) == (1, "http://127.0.0.1/runs/1")


def test_a_retry_after_a_killed_worker_finds_the_run_and_reports_its_success(
    submit: Submit, workspace: Workspace
) -> None:
    submitted(submit(), try_number=1)
    workspace.end(1, "SUCCESS")

    submit().execute(context(try_number=2))

    assert list(workspace.runs) == [1]


@pytest.mark.parametrize("result", ["FAILED", "CANCELED"])
def test_a_retry_of_a_run_that_ended_without_success_starts_another(
    submit: Submit, workspace: Workspace, result: str
) -> None:
    submitted(submit(), try_number=1)
    workspace.end(1, result)

    assert submitted(submit(), try_number=2)["run_id"] == 2


def test_the_last_failure_is_reported(submit: Submit, workspace: Workspace) -> None:
    submitted(submit(), try_number=1)
    workspace.end(1, "FAILED")

    with pytest.raises(AirflowException, match="FAILED"):
        submit().execute(context(try_number=1))


def test_a_worker_that_is_killed_while_submitting_leaves_a_retry_that_works(
    submit: Submit, workspace: Workspace
) -> None:
    killed = submit()
    submitted(killed, try_number=1)
    killed.on_kill()  # what Airflow calls on SIGTERM
    assert workspace.runs[1]["result_state"] == "CANCELED"

    assert submitted(submit(), try_number=2)["run_id"] == 2
