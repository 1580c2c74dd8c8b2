"""What every DAG of a use case shares."""

from datetime import timedelta

import pytest

from lakeloop.config import Target, UseCase
from lakeloop_airflow.defaults import STAGES, dag_arguments, deferred, task_arguments


@pytest.mark.parametrize("stage", STAGES)
def test_every_task_has_owner_retries_and_the_stages_timeout(
    use_case: UseCase, target: Target, stage: str
) -> None:
    arguments = task_arguments(use_case, target, stage)

    assert arguments["owner"] == "data-science"
    assert arguments["retries"] == 2
    assert arguments["execution_timeout"] == timedelta(minutes=getattr(use_case.timeouts, stage))


def test_a_dag_carries_its_documentation_and_never_overlaps_itself(use_case: UseCase, target: Target) -> None:
    arguments = dag_arguments(use_case, target, "score", "Scores each night.\n\nMore.")

    assert arguments["dag_id"] == "churn_score"
    assert arguments["description"] == "churn: Scores each night."
    assert "**Use case** `churn`: Will a household" in arguments["doc_md"]
    assert arguments["max_active_runs"] == 1
    assert arguments["catchup"] is False
    assert {"churn", "score", "retail"} <= set(arguments["tags"])


def test_waiting_happens_in_the_triggerer(target: Target) -> None:
    assert deferred(target) == {
        "databricks_conn_id": "databricks_default",
        "deferrable": True,
        "polling_period_seconds": 1,
    }
