"""What every DAG of a use case shares: ids, owner, retries, timeouts, tags, documentation."""

from datetime import timedelta
from typing import Any

import pendulum

from lakeloop.config import Target, UseCase

DATABRICKS = "databricks_default"
AWS = "aws_default"
STAGES = ("ingest", "transform", "train", "deploy", "score")


def dag_id(use_case: UseCase, stage: str) -> str:
    """``churn_ingest`` for the stage ``ingest`` of ``churn``."""
    return f"{use_case.name}_{stage}"


def dag_arguments(use_case: UseCase, target: Target, stage: str, doc_md: str | None) -> dict[str, Any]:
    """Arguments of the ``DAG`` of one stage; its module's docstring becomes the documentation in the UI."""
    first_line = (doc_md or "").strip().splitlines()[0]
    return {
        "dag_id": dag_id(use_case, stage),
        "description": f"{use_case.name}: {first_line}",
        "doc_md": f"{doc_md}\n\n**Use case** `{use_case.name}`: {use_case.description}",
        "tags": [use_case.name, stage, *use_case.tags],
        "start_date": pendulum.datetime(2017, 1, 1, tz="UTC"),
        "catchup": False,
        "max_active_runs": 1,  # two runs of one stage would write the same tables
        "default_args": task_arguments(use_case, target, stage),
    }


def task_arguments(use_case: UseCase, target: Target, stage: str) -> dict[str, Any]:
    """``default_args``: the stage's retries and timeout, on each task."""
    return {
        "owner": use_case.owner,
        "retries": use_case.retries,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": stage_timeout(use_case, stage),
        "poke_interval": target.poll_seconds,  # of sensors, cosmos' among them
    }


def stage_timeout(use_case: UseCase, stage: str) -> timedelta:
    """How long one task of the stage may take."""
    return timedelta(minutes=getattr(use_case.timeouts, stage))


def polled(target: Target) -> dict[str, Any]:
    """Where a Databricks operator finds its workspace, and how often it asks."""
    return {"databricks_conn_id": DATABRICKS, "polling_period_seconds": target.poll_seconds}


def deferred(target: Target) -> dict[str, Any]:
    """Arguments that make the provider's operators wait in the triggerer, off the worker."""
    return {**polled(target), "deferrable": True}
