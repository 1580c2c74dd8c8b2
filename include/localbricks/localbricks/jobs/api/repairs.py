"""``runs/repair``: which tasks of a run that has ended are run again, and with what.

Rules of https://docs.databricks.com/api/workspace/jobs/repairrun: tasks are run again as part of the original run,
with the current settings of the job.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...api_errors import ApiError, invalid
from ..engine.driver import first_state
from ..engine.graph import FAILURES, descendants
from ..engine.records import Run, TaskRun
from ..requests.models import RepairRun, Workflow


def check_repairable(run: Run, body: RepairRun) -> None:
    """Raise the ApiError of a run that goes on, or of a request that does not follow the latest repair."""
    if not run.ended:
        raise ApiError(400, "INVALID_STATE", f"Run {run.run_id} has not ended: only then can it be repaired.")
    if run.life_cycle == "SKIPPED":
        raise ApiError(400, "INVALID_STATE", f"Run {run.run_id} was skipped: there is nothing to repair.")
    if run.repair_id and body.latest_repair_id is None:
        raise invalid("The latest repair ID needs to be provided in order to create a new repair.")
    if body.latest_repair_id not in (None, run.repair_id):
        latest = run.repair_id or "none: the run was not repaired yet"
        raise invalid(
            f"latest_repair_id: {body.latest_repair_id} is not the latest repair, which is {latest}"
        )


def tasks_to_rerun(body: RepairRun, workflow: Workflow, last: Mapping[str, TaskRun]) -> list[str]:
    """Return the keys of the tasks to run again, in the order of the workflow.

    A task that the job has got since then is run, too: the run would be without an end otherwise.

    Args:
        last: the last attempt of each task, all ended.
    """
    upstream = {task.task_key: task.upstream for task in workflow.tasks}
    chosen = _chosen(body, upstream, last)
    if body.rerun_dependent_tasks:
        chosen |= {key for other in chosen for key in descendants(other, upstream)}
    keys = [key for key in upstream if key in chosen or key not in last]
    if not keys:
        raise invalid("rerun_all_failed_tasks: no task of the run has failed")
    return keys


def _chosen(body: RepairRun, upstream: Mapping[str, Sequence[str]], last: Mapping[str, TaskRun]) -> set[str]:
    if body.rerun_all_failed_tasks:
        return {key for key, task in last.items() if task.result in FAILURES and key in upstream}
    unknown = [key for key in body.rerun_tasks if key not in upstream]
    if unknown:
        raise invalid(f"rerun_tasks: {unknown[0]!r} is no task of the run; it has {', '.join(upstream)}")
    return set(body.rerun_tasks)


def rerun_records(
    run: Run,
    workflow: Workflow,
    keys: Sequence[str],
    last: Mapping[str, TaskRun],
    next_id: Callable[[], int],
) -> list[TaskRun]:
    """Return the task runs of a repair: of each task the attempt that follows the last one."""
    tasks = {task.task_key: task for task in workflow.tasks}
    return [
        TaskRun(
            run_id=next_id(),
            job_run_id=run.run_id,
            task_key=key,
            attempt=last[key].attempt + 1 if key in last else 0,
            start_time=run.admitted_time,
            life_cycle=first_state(run, tasks[key]),
            repair_id=run.repair_id,
        )
        for key in keys
    ]


def repaired_parameters(run: Run, definition: Mapping[str, Any], body: RepairRun) -> dict[str, Any]:
    """Return ``Run.parameters`` of a repair: what the run had, what the job defines by now, and what is asked for."""
    had = {entry["name"]: entry["value"] for entry in run.parameters.get("job_parameters", [])}
    defaults = {entry["name"]: entry["default"] for entry in definition.get("parameters", [])}
    unknown = sorted(set(body.job_parameters) - set(defaults))
    if unknown:
        raise invalid(f"job_parameters.{unknown[0]}: the job defines {', '.join(sorted(defaults)) or 'none'}")
    values = {**defaults, **{name: had[name] for name in had if name in defaults}, **body.job_parameters}
    job_parameters = [
        {"name": name, "default": default, "value": values[name]} for name, default in defaults.items()
    ]
    overriding = {**run.parameters.get("overriding_parameters", {}), **body.older_parameters()}
    return {"job_parameters": job_parameters, "overriding_parameters": overriding}
