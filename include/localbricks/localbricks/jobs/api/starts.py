"""What a run begins with: the workflow it was given, and its parameters."""

from typing import Any

from pydantic import ValidationError

from ...api_errors import ApiError, explain, invalid
from ..engine.records import now
from ..requests.models import JobSettings, RunNow, SubmitRun, Workflow


def workflow_of(run_type: str, definition: dict[str, Any]) -> Workflow:
    """Return the checked form of what is stored with a run or a job."""
    kind: type[Workflow] = SubmitRun if run_type == "SUBMIT_RUN" else JobSettings
    return kind.model_validate(definition)


def saved_workflow(run_type: str, definition: dict[str, Any], whose: str) -> Workflow:
    """The same for a request that asks to run it; raises the ApiError of what an older version has stored."""
    try:
        return workflow_of(run_type, definition)
    except ValidationError as error:
        said = f"The settings of {whose} were saved by another version of the workspace; save them again:"
        raise ApiError(400, "INVALID_STATE", f"{said} {explain(error.errors())}") from error


def run_parameters(settings: JobSettings, body: RunNow) -> dict[str, Any]:
    """Return ``job_parameters`` and ``overriding_parameters`` as ``runs/get`` shows them.

    Raises the ApiError of a job without tasks, of an unknown job parameter, and of ``only``, which is refused.
    """
    if not settings.tasks:
        raise invalid(f"Job {body.job_id} has no tasks: there is nothing to run.")
    if body.only:
        raise invalid("only: not supported by the local workspace yet; leave the field out")
    return {
        "job_parameters": _job_parameters(settings, body),
        "overriding_parameters": body.older_parameters(),
    }


def admission(settings: JobSettings, body: RunNow, others: int) -> dict[str, Any]:
    """Return the columns of the state in which a run of a job begins: it runs, waits, or is skipped.

    Args:
        others: how many runs of the job are active.
    """
    if others < settings.max_concurrent_runs:
        return {"life_cycle": "RUNNING"}
    queue = body.queue or settings.queue
    if queue and queue.enabled and settings.max_concurrent_runs:
        return {"life_cycle": "QUEUED", "admitted_time": 0}
    return {
        "life_cycle": "SKIPPED",
        "result": "MAXIMUM_CONCURRENT_RUNS_REACHED",
        "message": f"The job has {settings.max_concurrent_runs} active runs, its max_concurrent_runs.",
        "code": "MAX_CONCURRENT_RUNS_EXCEEDED",
        "end_time": now(),
    }


def _job_parameters(settings: JobSettings, body: RunNow) -> list[dict[str, str]]:
    defaults = {parameter.name: parameter.default for parameter in settings.parameters}
    unknown = sorted(set(body.job_parameters) - set(defaults))
    if unknown:
        known = ", ".join(sorted(defaults)) or "none"
        raise invalid(f"job_parameters.{unknown[0]}: the job defines {known}")
    return [
        {"name": name, "default": default, "value": body.job_parameters.get(name, default)}
        for name, default in defaults.items()
    ]
