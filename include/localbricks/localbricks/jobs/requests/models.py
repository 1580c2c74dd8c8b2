"""Requests of the Jobs API."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from .clusters import Environment, JobCluster
from .cycles import find_cycle
from .fields import Int32, Int64, Metadata, Strict, Unsupported
from .tasks import TaskSettings, with_task_list


class Workflow(Strict):
    """What jobs and one-time runs share: tasks and the compute and environments they name."""

    tasks: list[TaskSettings] = Field(default=[], max_length=1000)
    job_clusters: list[JobCluster] = []
    environments: list[Environment] = []
    timeout_seconds: Int32 = Field(default=0, ge=0)
    email_notifications: Metadata = None
    notification_settings: Metadata = None
    budget_policy_id: Metadata = None
    usage_policy_id: Metadata = None
    access_control_list: Metadata = None
    webhook_notifications: Unsupported = None
    health: Unsupported = None
    git_source: Unsupported = None
    run_as: Unsupported = None

    @model_validator(mode="after")
    def _names_exist_once(self) -> Self:
        keys = [task.task_key for task in self.tasks]
        _once("task_key", keys)
        clusters = _once("job_cluster_key", [cluster.job_cluster_key for cluster in self.job_clusters])
        environments = _once("environment_key", [entry.environment_key for entry in self.environments])
        for task in self.tasks:
            _known(task, "depends_on", task.upstream, keys)
            _known(task, "job_cluster_key", [task.job_cluster_key], clusters)
            _known(task, "environment_key", [task.environment_key], environments)
        cycle = find_cycle({task.task_key: task.upstream for task in self.tasks})
        if cycle:
            raise ValueError(f"depends_on makes a cycle: {' -> '.join(cycle)}")
        return self


class Queue(Strict):
    """Whether a run waits for a free slot instead of being skipped."""

    enabled: bool


class Parameter(Strict):
    """A job parameter and its default."""

    name: str
    default: str


class JobSettings(Workflow):
    """``jobs/create`` and ``new_settings`` of ``jobs/reset``."""

    name: str = "Untitled"
    description: Metadata = None
    parameters: list[Parameter] = []
    max_concurrent_runs: Int32 = Field(default=1, ge=0, le=1000)
    queue: Queue | None = None
    tags: dict[str, str] = {}
    format: Metadata = None
    edit_mode: Metadata = None
    deployment: Metadata = None
    performance_target: Metadata = None
    schedule: dict[str, Any] | None = None
    trigger: dict[str, Any] | None = None
    continuous: dict[str, Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _single_task(cls, body: Any) -> Any:
        return with_task_list(body, "name")

    @model_validator(mode="after")
    def _nothing_starts_it(self) -> Self:
        for name in ("schedule", "trigger", "continuous"):
            value = getattr(self, name)
            if value and value.get("pause_status") != "PAUSED":
                raise ValueError(
                    f"{name}: the local workspace starts no job by itself; set pause_status to PAUSED"
                )
        return self


class ResetJob(Strict):
    """``jobs/reset``: the settings that replace all of the job's."""

    job_id: Int64
    new_settings: JobSettings


class UpdateJob(Strict):
    """``jobs/update``: top-level settings to replace or remove; checked once they are merged."""

    job_id: Int64
    new_settings: dict[str, Any] = {}
    fields_to_remove: list[str] = []


class JobId(Strict):
    """A request about one job."""

    job_id: Int64


class SubmitRun(Workflow):
    """``runs/submit``: a one-time run."""

    run_name: str = "Untitled"
    idempotency_token: str | None = Field(default=None, max_length=64)
    queue: Queue | None = None
    format: Metadata = None
    tags: dict[str, str] = {}
    performance_target: Metadata = None
    tasks: list[TaskSettings] = Field(min_length=1, max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _single_task(cls, body: Any) -> Any:
        return with_task_list(body, "run_name")


LEGACY_PARAMETERS = ("notebook_params", "python_params", "python_named_params")


class RunParameters(Strict):
    """The parameters that ``jobs/run-now`` and ``runs/repair`` share: a job's, or the older ones by kind of task."""

    job_parameters: dict[str, str] = {}
    notebook_params: dict[str, str] = {}
    python_params: list[str] = []
    python_named_params: dict[str, str] = {}
    performance_target: Metadata = None
    jar_params: Unsupported = None
    spark_submit_params: Unsupported = None
    sql_params: Unsupported = None
    dbt_commands: Unsupported = None
    pipeline_params: Unsupported = None

    @model_validator(mode="after")
    def _one_kind_of_parameters(self) -> Self:
        older = ", ".join(self.older_parameters())
        if older and self.job_parameters:
            raise ValueError(f"job_parameters and {older} are both set; set one")
        return self

    def older_parameters(self) -> dict[str, Any]:
        """The older parameters that were given."""
        return {name: getattr(self, name) for name in LEGACY_PARAMETERS if getattr(self, name)}


class RunNow(RunParameters):
    """``jobs/run-now``."""

    job_id: Int64
    idempotency_token: str | None = Field(default=None, max_length=64)
    only: list[str] = []
    queue: Queue | None = None


class RepairRun(RunParameters):
    """``runs/repair``."""

    run_id: Int64
    latest_repair_id: Int64 | None = None
    rerun_tasks: list[str] = []
    rerun_all_failed_tasks: bool = False
    rerun_dependent_tasks: bool = False

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if bool(self.rerun_tasks) == self.rerun_all_failed_tasks:
            found = "both are" if self.rerun_tasks else "neither is"
            raise ValueError(f"expected one of rerun_tasks and rerun_all_failed_tasks, but {found} set")
        return self


class RunId(Strict):
    """A request about one run, or one task of a run."""

    run_id: Int64


class GetJob(JobId):
    """Query of ``jobs/get``; a job comes in one page."""

    page_token: str | None = None
    include_trigger_state: Unsupported = None


class CancelAll(Strict):
    """``runs/cancel-all``: the active runs of a job; or only queued runs, of a job or of the workspace."""

    job_id: Int64 | None = None
    all_queued_runs: bool = False

    @model_validator(mode="after")
    def _some_runs(self) -> Self:
        if self.job_id is None and not self.all_queued_runs:
            raise ValueError("expected job_id, or all_queued_runs for the queued runs of all jobs")
        return self


class GetRun(RunId):
    """Query of ``runs/get``."""

    include_history: bool = False
    include_resolved_values: bool = False
    page_token: str | None = None


class ListJobs(Strict):
    """Query of ``jobs/list``."""

    limit: Int32 = Field(default=20, ge=1, le=100)
    offset: Int64 = Field(default=0, ge=0)
    page_token: str | None = None
    name: str | None = None
    expand_tasks: bool = False
    include_user_names: bool = False


class ListRuns(Strict):
    """Query of ``runs/list``."""

    job_id: Int64 | None = None
    active_only: bool = False
    completed_only: bool = False
    limit: Int32 = Field(default=20, ge=0, le=1000)
    offset: Int64 = Field(default=0, ge=0)
    page_token: str | None = None
    run_type: Literal["JOB_RUN", "SUBMIT_RUN", "WORKFLOW_RUN"] | None = None
    expand_tasks: bool = False
    start_time_from: Int64 | None = None
    start_time_to: Int64 | None = None

    @model_validator(mode="after")
    def _one_filter(self) -> Self:
        if self.active_only and self.completed_only:
            raise ValueError("active_only and completed_only are both set; set one")
        return self


def _once(field: str, names: list[str]) -> list[str]:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"{field} {', '.join(doubled)} is given more than once")
    return names


def _known(task: TaskSettings, field: str, names: list[Any], known: list[str]) -> None:
    for name in names:
        if name and name not in known:
            expected = ", ".join(known) or "none is defined"
            raise ValueError(
                f"tasks.{task.task_key}.{field}: {name!r} is not defined; expected one of: {expected}"
            )
