"""What every DAG of a source or a use case shares: ids, owner, retries, timeouts, tags, documentation."""

from datetime import timedelta
from typing import Any

import pendulum

from lakeloop.config import Source, Target, UseCase

DATABRICKS = "databricks_default"
AWS = "aws_default"
STAGES = ("ingest", "transform", "train", "deploy", "score")


def dag_id(of: Source | UseCase, stage: str) -> str:
    """``churn_ingest`` for the stage ``ingest`` of ``churn``."""
    return f"{of.name}_{stage}"


def dag_arguments(of: Source | UseCase, target: Target, stage: str, doc_md: str | None) -> dict[str, Any]:
    """Arguments of the ``DAG`` of one stage; its module's docstring becomes the documentation in the UI."""
    first_line = (doc_md or "").strip().splitlines()[0]
    return {
        "dag_id": dag_id(of, stage),
        "description": f"{of.name}: {first_line}",
        "doc_md": f"{doc_md}\n\n**{_what(of)}** `{of.name}`: {of.description}",
        "tags": [of.name, stage, *of.tags],
        "start_date": pendulum.datetime(2017, 1, 1, tz="UTC"),
        "catchup": False,
        "max_active_runs": 1,  # two runs of one stage would write the same tables
        "default_args": task_arguments(of, target, stage),
    }


def task_arguments(of: Source | UseCase, target: Target, stage: str) -> dict[str, Any]:
    """``default_args``: the stage's retries and timeout, on each task."""
    return {
        "owner": of.owner,
        "retries": of.retries,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": stage_timeout(of, stage),
        "poke_interval": target.poll_seconds,  # of sensors, cosmos' among them
    }


def stage_timeout(of: Source | UseCase, stage: str) -> timedelta:
    """How long one task of the stage may take."""
    return timedelta(minutes=getattr(of.timeouts, stage) if isinstance(of, UseCase) else of.timeout)


def _what(of: Source | UseCase) -> str:
    return "Use case" if isinstance(of, UseCase) else "Source"


def deferred(target: Target) -> dict[str, Any]:
    """Arguments that make a Databricks operator wait in the triggerer, off the worker."""
    return {
        "databricks_conn_id": DATABRICKS,
        "deferrable": True,
        "polling_period_seconds": target.poll_seconds,
    }
