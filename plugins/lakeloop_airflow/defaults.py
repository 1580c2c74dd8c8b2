"""What every DAG of a source or a use case shares: ids, owner, retries, timeouts, tags, documentation."""

from datetime import timedelta
from typing import Any

import pendulum

from lakeloop.config import Source, Target, UseCase

DATABRICKS = "databricks_default"
AWS = "aws_default"
# stages without a timeout of their own in the YAML
TIMED_AS = {
    "rollback": "deploy",
    "vacuum": "transform",
    "event_features": "transform",
    "publish_online": "transform",
}


def dag_id(part: Source | UseCase, stage: str) -> str:
    """``<source>_ingest`` for the stage ``ingest`` of a source."""
    return f"{part.name}_{stage}"


def dag_arguments(part: Source | UseCase, target: Target, stage: str, doc_md: str | None) -> dict[str, Any]:
    """Arguments of the ``DAG`` of one stage; its module's docstring becomes the documentation in the UI."""
    first_line = (doc_md or "").strip().splitlines()[0]
    return {
        "dag_id": dag_id(part, stage),
        "description": f"{part.name}: {first_line}",
        "doc_md": f"{doc_md}\n\n**{_what(part)}** `{part.name}`: {part.description}",
        "tags": [part.name, stage, *part.tags],
        "start_date": pendulum.datetime(2017, 1, 1, tz="UTC"),
        "catchup": False,
        "max_active_runs": 1,  # two runs of one stage would write the same tables
        "default_args": task_arguments(part, target, stage),
    }


def task_arguments(part: Source | UseCase, target: Target, stage: str) -> dict[str, Any]:
    """``default_args``: the stage's retries and timeout, on each task."""
    return {
        "owner": part.owner,
        "retries": part.retries,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": stage_timeout(part, stage),
        "poke_interval": target.poll_seconds,  # of sensors, cosmos' among them
    }


def stage_timeout(part: Source | UseCase, stage: str) -> timedelta:
    """How long one task of the stage may take."""
    stage = TIMED_AS.get(stage, stage)
    return timedelta(minutes=getattr(part.timeouts, stage) if isinstance(part, UseCase) else part.timeout)


def _what(part: Source | UseCase) -> str:
    return "Use case" if isinstance(part, UseCase) else "Source"


def polled(target: Target) -> dict[str, Any]:
    """Where a Databricks operator finds its workspace, and how often it asks."""
    return {"databricks_conn_id": DATABRICKS, "polling_period_seconds": target.poll_seconds}


def deferred(target: Target) -> dict[str, Any]:
    """Arguments that make the provider's operators wait in the triggerer, off the worker."""
    return {**polled(target), "deferrable": True}
