"""What a run begins with: the workflow it was given, and its parameters."""

from typing import Any

from ...api_errors import invalid
from ..requests.models import LEGACY_PARAMETERS, JobSettings, RunNow, SubmitRun, Workflow


def workflow_of(run_type: str, definition: dict[str, Any]) -> Workflow:
    """Return the checked form of what is stored with a run or a job."""
    kind: type[Workflow] = SubmitRun if run_type == "SUBMIT_RUN" else JobSettings
    return kind.model_validate(definition)


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
        "overriding_parameters": overriding_parameters(body),
    }


def overriding_parameters(body: RunNow) -> dict[str, Any]:
    """Return the older parameters that were given."""
    return {name: getattr(body, name) for name in LEGACY_PARAMETERS if getattr(body, name)}


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
