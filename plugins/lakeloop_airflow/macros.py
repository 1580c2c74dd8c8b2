"""Template macros: ``{{ macros.lakeloop.<name>(...) }}``, registered by :mod:`lakeloop_airflow.plugin`."""

from collections.abc import Mapping
from typing import Any

from lakeloop_airflow.connection import workspace_access
from lakeloop_airflow.idempotency import idempotency_token
from lakeloop_airflow.release import notebook, wheel

__all__ = ["idempotency_token", "night", "notebook", "validated_version", "wheel", "workspace_variable"]


def workspace_variable(conn_id: str, name: str) -> str:
    """One of the variables by which dbt's profile learns of the workspace, e.g. ``DATABRICKS_HOST``."""
    return workspace_access(conn_id).environment[name]


def night(dag_run: Any) -> str:
    """Date (``YYYY-MM-DD``, UTC) that a run scores: its schedule's, or the day an asset or a person triggered it."""
    return (dag_run.logical_date or dag_run.run_after).date().isoformat()


def validated_version(triggering_asset_events: Mapping[Any, Any], params: Mapping[str, Any]) -> str:
    """Model version to promote: the one a person asked for, else the newest that the gate announced.

    Raises:
        ValueError: the run was triggered by hand without the parameter ``version``.
    """
    if params.get("version"):
        return str(params["version"])
    events = [event for of_asset in triggering_asset_events.values() for event in of_asset]
    announced = [event for event in events if "version" in (event.extra or {})]
    if not announced:
        raise ValueError(
            "No model version to promote: no asset event of the gate triggered this run and the parameter "
            '"version" is empty. Trigger the DAG with {"version": "<validated version>"}.'
        )
    return str(max(announced, key=lambda event: event.timestamp).extra["version"])
