"""Where a task runs, from the target: serverless with an environment, or an autoscaling job cluster with a library.

The one place that turns ``target.compute`` into what the Jobs API wants.
"""

from typing import Any

from lakeloop.config import Source, Target, UseCase
from lakeloop_airflow.defaults import stage_timeout

ENVIRONMENT = "default"
CLUSTER = "main"
TOKEN = "{{ macros.lakeloop.idempotency_token(ti) }}"


def submit_wheel_task(
    of: Source | UseCase, target: Target, entry_point: str, **parameters: str
) -> dict[str, Any]:
    """Arguments of a ``DatabricksSubmitRunOperator`` that runs one entry point of the wheel.

    Args:
        entry_point: name in the group ``packages`` of pyproject.toml; also the stage, for its timeout.
        parameters: become ``--name=value``; templates are rendered.
    """
    task = {
        "task_key": entry_point,
        "max_retries": of.retries,
        "timeout_seconds": int(stage_timeout(of, STAGE_OF.get(entry_point, entry_point)).total_seconds()),
        **wheel_task(of, target, entry_point, **parameters),
        **_own_compute(target),
    }
    return {
        "run_name": entry_point,
        "tasks": [task],
        "idempotency_token": TOKEN,
        **({"environments": _environments(target)} if _serverless(target) else {}),
    }


# An entry point is called after what it does, the stage after where it stands in the lifecycle.
STAGE_OF = {"promote": "deploy", "register": "train"}


def wheel_task(of: Source | UseCase, target: Target, entry_point: str, **parameters: str) -> dict[str, Any]:
    """``python_wheel_task`` for one entry point, with the parameters that every job takes."""
    kind = "use_case" if isinstance(of, UseCase) else "source"
    named = {kind: of.name, "target": target.name, **parameters}
    return {
        "python_wheel_task": {
            "package_name": "lakeloop",
            "entry_point": entry_point,
            "named_parameters": {name.replace("_", "-"): value for name, value in named.items()},
        }
    }


def workflow_arguments(target: Target) -> dict[str, Any]:
    """Arguments of a ``WorkflowTaskGroup``: the compute its tasks share."""
    if _serverless(target):
        return {"extra_job_params": {"environments": _environments(target)}}
    return {"job_clusters": [{"job_cluster_key": CLUSTER, "new_cluster": _new_cluster(target)}]}


def workflow_notebook(use_case: UseCase, target: Target, name: str) -> dict[str, Any]:
    """Arguments of a notebook operator in a workflow: a deployed notebook, with the parameters that every one takes."""
    return {
        "databricks_task_key": name,
        "notebook_path": target.notebook(name),
        "source": "WORKSPACE",
        "notebook_params": {
            "use_case": use_case.name,
            "target": target.name,
            "job_run_id": "{{job.run_id}}",
        },
        **workflow_notebook_compute(target),
    }


def workflow_notebook_compute(target: Target) -> dict[str, Any]:
    """Arguments of a notebook operator in a workflow; serverless notebooks name no compute."""
    return {} if _serverless(target) else {"job_cluster_key": CLUSTER}


def workflow_wheel_compute(target: Target) -> dict[str, Any]:
    """What a wheel task's ``task_config`` needs in a workflow to find its compute and its wheel."""
    if _serverless(target):
        return {"environment_key": ENVIRONMENT}
    return {"job_cluster_key": CLUSTER, "libraries": [{"whl": target.wheel}]}


def _own_compute(target: Target) -> dict[str, Any]:
    if _serverless(target):
        return {"environment_key": ENVIRONMENT}
    return {"new_cluster": _new_cluster(target), "libraries": [{"whl": target.wheel}]}


def _environments(target: Target) -> list[dict[str, Any]]:
    spec = {"environment_version": "4", "dependencies": [target.wheel]}
    return [{"environment_key": ENVIRONMENT, "spec": spec}]


def _new_cluster(target: Target) -> dict[str, Any]:
    compute = target.compute
    return {
        "spark_version": compute.spark_version,
        "node_type_id": compute.node_type,
        "autoscale": {"min_workers": compute.autoscale.min, "max_workers": compute.autoscale.max},
    }


def _serverless(target: Target) -> bool:
    return target.compute.kind == "serverless"
