"""What every DAG of a use case shares."""

from datetime import timedelta

import pytest

from lakeloop.config import Target, UseCase, load_source
from lakeloop_airflow.defaults import dag_arguments, deferred, task_arguments


@pytest.mark.parametrize("stage", ["transform", "train", "deploy", "score"])
def test_every_task_has_owner_retries_and_the_stages_timeout(
    use_case: UseCase, target: Target, stage: str
) -> None:
    arguments = task_arguments(use_case, target, stage)

    assert arguments["owner"] == "data-science"
    assert arguments["retries"] == 2
    assert arguments["execution_timeout"] == timedelta(minutes=getattr(use_case.timeouts, stage))


def test_the_tasks_of_a_source_have_its_owner_retries_and_timeout(target: Target) -> None:
    source = load_source("retail").model_copy(update={"retries": 5, "timeout": 7})

    arguments = task_arguments(source, target, "ingest")

    assert arguments["owner"] == "data-engineering"
    assert arguments["retries"] == 5
    assert arguments["execution_timeout"] == timedelta(minutes=7)


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
