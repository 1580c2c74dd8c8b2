"""What runs and where, as the Jobs API wants to be told: serverless with an environment, or a job cluster.

The one place that turns ``target.compute`` and ``target.train_compute`` into requests. The release is filled in when a
task runs, see :mod:`lakeloop_airflow.release`.
"""

from typing import Any

from lakeloop.config import Compute, Source, Target, UseCase
from lakeloop_airflow.defaults import DATABRICKS, stage_timeout

ENVIRONMENT = "default"
CLUSTER = "main"
# An entry point is called after what it does, the stage after where it stands in the lifecycle.
STAGE_OF = {
    "event_features": "transform",
    "publish_online": "transform",
    "promote": "deploy",
    "register": "train",
    "tune": "train",
    "validate": "train",
}


def submit_wheel_task(
    part: Source | UseCase, target: Target, entry_point: str, **parameters: str
) -> dict[str, Any]:
    """Arguments of a ``SubmitOnceOperator`` that runs one entry point of the wheel.

    Args:
        entry_point: name in the group ``packages`` of pyproject.toml; also the stage, for its timeout.
        parameters: become ``--name=value``; templates are rendered.
    """
    compute = _compute_of(target, entry_point)
    serverless = compute.kind == "serverless"
    machines: dict[str, Any] = (
        {"environment_key": ENVIRONMENT}
        if serverless
        else {"new_cluster": new_cluster(compute), "libraries": [{"whl": _wheel(target)}]}
    )
    return {
        "run_name": target.run_name(part, entry_point),
        "tasks": [{**_wheel_task(part, target, entry_point, parameters), **machines}],
        "idempotency_token": token(target),
        **({"environments": _environments(target)} if serverless else {}),
    }


def workflow(use_case: UseCase, target: Target, stage: str) -> dict[str, Any]:
    """Arguments of a ``WorkflowTaskGroup``: the job, with the compute that its tasks share, and the run's token."""
    compute = target.compute_of(stage)
    shared = (
        {"environments": _environments(target)}
        if compute.kind == "serverless"
        else {"job_clusters": [{"job_cluster_key": CLUSTER, "new_cluster": new_cluster(compute)}]}
    )
    job = {"name": target.run_name(use_case, stage), "max_concurrent_runs": 1, **shared}
    return {"job": job, "idempotency_token": token(target), "databricks_conn_id": DATABRICKS}


def workflow_wheel_task(
    use_case: UseCase, target: Target, entry_point: str, **parameters: str
) -> dict[str, Any]:
    """Settings of a ``WorkflowTaskOperator`` that runs one entry point of the wheel on the job's compute."""
    return {**_wheel_task(use_case, target, entry_point, parameters), **_shared_compute(target, entry_point)}


def workflow_notebook(use_case: UseCase, target: Target, name: str, **parameters: str) -> dict[str, Any]:
    """Settings of a ``WorkflowTaskOperator`` that executes a notebook of the release on the job's compute."""
    path = f"{{{{ macros.lakeloop.notebook(dag_run, '{target.name}', '{DATABRICKS}', '{use_case.notebook(name)}') }}}}"
    named = {"use_case": use_case.name, "target": target.name, **parameters}
    return {
        "task_key": name,
        "notebook_task": {"notebook_path": path, "source": "WORKSPACE", "base_parameters": named},
        **_limits(use_case, name),
        **_shared_compute(target, name),
    }


def reference(name: str) -> str:
    """A value that Databricks fills in when a task starts, e.g. ``job.run_id``; Airflow's templates leave it alone."""
    return _raw("{{" + name + "}}")


def token(target: Target) -> str:
    """Template of the idempotency token."""
    return f"{{{{ macros.lakeloop.idempotency_token(ti, '{target.name}') }}}}"


def new_cluster(compute: Compute) -> dict[str, Any]:
    """``new_cluster`` of a job cluster; without the keys that the target leaves open."""
    scale = compute.autoscale
    size: dict[str, Any] = (
        {"num_workers": compute.workers}
        if compute.workers
        else {"autoscale": {"min_workers": scale.min, "max_workers": scale.max}}
    )
    machine = {"instance_pool_id": compute.instance_pool_id, "node_type_id": compute.node_type}
    profile = compute.instance_profile_arn
    wanted = {
        "spark_version": compute.spark_version,
        **machine,
        **size,
        "data_security_mode": compute.data_security_mode,
        "policy_id": compute.policy_id,
        "aws_attributes": {"instance_profile_arn": profile} if profile else None,
        "custom_tags": compute.custom_tags,
        "spark_conf": _verbatim(compute.spark_conf),
        "spark_env_vars": _verbatim(compute.spark_env_vars),
    }
    return {key: value for key, value in wanted.items() if value}


def _verbatim(values: dict[str, str]) -> dict[str, str]:
    """With ``{{secrets/...}}`` left for Databricks."""
    return {key: _raw(value) if "{{" in value else value for key, value in values.items()}


def _raw(text: str) -> str:
    return "{% raw %}" + text + "{% endraw %}"


def _wheel_task(
    part: Source | UseCase, target: Target, entry_point: str, parameters: dict[str, str]
) -> dict[str, Any]:
    kind = "use_case" if isinstance(part, UseCase) else "source"
    named = {kind: part.name, "target": target.name, **parameters}
    return {
        "task_key": entry_point,
        "python_wheel_task": {
            "package_name": "lakeloop",
            "entry_point": entry_point,
            "named_parameters": {name.replace("_", "-"): value for name, value in named.items()},
        },
        **_limits(part, entry_point),
    }


def _limits(part: Source | UseCase, task: str) -> dict[str, int]:
    """Databricks itself tries again and ends what takes too long."""
    timeout = stage_timeout(part, STAGE_OF.get(task, task))
    return {"max_retries": part.retries, "timeout_seconds": int(timeout.total_seconds())}


def _shared_compute(target: Target, task: str) -> dict[str, Any]:
    if _compute_of(target, task).kind == "serverless":
        return {"environment_key": ENVIRONMENT}
    return {"job_cluster_key": CLUSTER, "libraries": [{"whl": _wheel(target)}]}


def _environments(target: Target) -> list[dict[str, Any]]:
    spec = {"environment_version": "4", "dependencies": [_wheel(target)]}
    return [{"environment_key": ENVIRONMENT, "spec": spec}]


def _wheel(target: Target) -> str:
    return f"{{{{ macros.lakeloop.wheel(dag_run, '{target.name}', '{DATABRICKS}') }}}}"


def _compute_of(target: Target, task: str) -> Compute:
    return target.compute_of(STAGE_OF.get(task, task))
