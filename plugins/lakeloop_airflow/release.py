"""The release that a DAG run takes: asked of the workspace when a task runs, the same for all tasks of the run."""

import base64
from typing import Any

from lakeloop.config import NoReleaseError, Releases, Target, load_target
from lakeloop_airflow.connection import workspace_access


def wheel(dag_run: Any, target_name: str, conn_id: str) -> str:
    """Workspace path of the wheel that this DAG run installs."""
    target = load_target(target_name)
    return target.wheel(version_for(dag_run, target, conn_id))


def notebook(dag_run: Any, target_name: str, conn_id: str, name: str) -> str:
    """Workspace path of the notebook that this DAG run executes."""
    target = load_target(target_name)
    return target.notebook(version_for(dag_run, target, conn_id), name)


def version_for(dag_run: Any, target: Target, conn_id: str) -> str:
    """The version that was current when the DAG run started. Raises NoReleaseError."""
    return _releases(target, conn_id).at(dag_run.start_date)


def _releases(target: Target, conn_id: str) -> Releases:
    from databricks.sdk.errors import NotFound

    try:
        content = workspace_access(conn_id).client().workspace.export(target.pointer).content or ""
    except NotFound:
        raise NoReleaseError(
            f"{target.pointer} does not exist: nothing has been deployed for target {target.name}; "
            f"run lakeloop deploy --target {target.name}"
        ) from None
    return Releases.model_validate_json(base64.b64decode(content))
