"""Template macros: ``{{ macros.lakeloop.<name>(...) }}``, registered by :mod:`lakeloop_airflow.plugin`."""

from collections.abc import Mapping
from typing import Any

from lakeloop_airflow.connection import workspace_access
from lakeloop_airflow.idempotency import idempotency_token
from lakeloop_airflow.release import notebook, wheel

APPROVE = "approve"  # the task that asks a person
APPROVED = ["Approve"]  # what it answers then; its operator is not imported by all that import macros

__all__ = [
    "approval",
    "idempotency_token",
    "night",
    "notebook",
    "promotion_reason",
    "validated_version",
    "wheel",
    "who",
    "workspace_variable",
]


class NotApprovedError(RuntimeError):
    """A promotion that a person has to approve goes on without an approval."""


def workspace_variable(conn_id: str, name: str) -> str:
    """One of the variables by which dbt's profile learns of the workspace, e.g. ``DATABRICKS_HOST``."""
    return workspace_access(conn_id).environment[name]


def night(dag_run: Any, params: Mapping[str, Any]) -> str:
    """The night to score, ISO: what a person asked for, else the moment of the schedule or of the triggering event."""
    return params.get("date") or (dag_run.logical_date or dag_run.run_after).isoformat()


def validated_version(triggering_asset_events: Mapping[Any, Any], params: Mapping[str, Any]) -> str:
    """Model version to promote: the one a person asked for, else the newest that the gate announced.

    Raises:
        ValueError: the run was triggered by hand without the parameter ``version``.
    """
    if params.get("version"):
        return str(params["version"])
    announced = _announced(triggering_asset_events)
    if announced is None:
        raise ValueError(
            "No model version to promote: no asset event of the gate triggered this run and the parameter "
            '"version" is empty. Trigger the DAG with {"version": "<validated version>", "reason": "<why>"}.'
        )
    return str(announced.extra["version"])


def promotion_reason(triggering_asset_events: Mapping[Any, Any], params: Mapping[str, Any]) -> str:
    """Why to promote: what a person said, else what the gate said.

    Raises:
        ValueError: the run was triggered by hand without the parameter ``reason``.
    """
    if params.get("reason"):
        return str(params["reason"])
    announced = _announced(triggering_asset_events)
    if params.get("version") or announced is None:
        raise ValueError(
            'A promotion by hand needs a reason: trigger the DAG with {"version": ..., "reason": "<why>"}.'
        )
    return str(announced.extra["reason"])


def who(dag_run: Any, triggering_asset_events: Mapping[Any, Any]) -> str:
    """Who wanted this run: the person who triggered it, else whoever stands behind the model that was announced.

    ``jane (airflow:<use case>_deploy:manual__...)``, or ``airflow:<use case>_deploy:asset_...`` behind which stands
    ``after jane (airflow:<use case>_train:...)``.
    """
    run = f"airflow:{dag_run.dag_id}:{dag_run.run_id}"
    if dag_run.triggering_user_name:
        return f"{dag_run.triggering_user_name} ({run})"
    announced = _announced(triggering_asset_events)
    before = announced.extra.get("who") if announced else None
    return f"{run} after {before}" if before else run


def approval(ti: Any) -> str:
    """Who approved the promotion of this run, as the end of a sentence; nothing where no approval was asked for.

    Raises NotApprovedError where one was asked for and nobody gave it: the task was marked as success by hand.
    """
    if APPROVE not in ti.task.dag.task_ids:
        return ""
    answer = ti.xcom_pull(task_ids=APPROVE)
    if (answer or {}).get("chosen_options") != APPROVED:
        raise NotApprovedError(
            f"task {APPROVE} of {ti.task.dag.dag_id} holds no approval but {answer!r}: somebody marked it as success. "
            "Clear it, and answer its question under Required Actions."
        )
    return f", approved by {person(answer)}"


def person(answer: Any) -> str:
    """Who answered a question, as Airflow knows them."""
    user = (answer or {}).get("responded_by_user") or {}
    return str(user.get("name") or user.get("id") or "unknown")


def _announced(triggering_asset_events: Mapping[Any, Any]) -> Any:
    """The newest event that names a version; None without one."""
    events = [event for of_asset in triggering_asset_events.values() for event in of_asset]
    announced = [event for event in events if "version" in (event.extra or {})]
    return max(announced, key=lambda event: event.timestamp, default=None)
