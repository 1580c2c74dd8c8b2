"""A task as a request describes it."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from .clusters import Library, NewCluster, Source
from .fields import Int32, Metadata, Strict, Unsupported

TASK_TYPES = ("spark_python_task", "python_wheel_task", "notebook_task")
TaskKey = Annotated[str, Field(pattern=r"^[\w\-. ]{1,100}$")]
RunIf = Literal[
    "ALL_SUCCESS", "ALL_DONE", "NONE_FAILED", "AT_LEAST_ONE_SUCCESS", "AT_LEAST_ONE_FAILED", "ALL_FAILED"
]


class SparkPythonTask(Strict):
    """A Python file: a workspace path, ``file:`` or ``s3://``."""

    python_file: str
    parameters: list[str] = []
    source: Source | None = None


class PythonWheelTask(Strict):
    """An entry point of an installed package."""

    package_name: str
    entry_point: str
    parameters: list[str] | None = None
    named_parameters: dict[str, str] | None = None

    @model_validator(mode="after")
    def _one_kind_of_parameters(self) -> Self:
        if self.parameters and self.named_parameters:
            raise ValueError("parameters and named_parameters are both set; set one")
        return self


class NotebookTask(Strict):
    """A notebook of the workspace."""

    notebook_path: str
    base_parameters: dict[str, str] = {}
    source: Source | None = None
    warehouse_id: Unsupported = None


class Dependency(Strict):
    """A task that must have ended before."""

    task_key: str
    outcome: Unsupported = None


class TaskSettings(Strict):
    """One task of a job or of a one-time run."""

    task_key: TaskKey
    description: Metadata = None
    depends_on: list[Dependency] = []
    run_if: RunIf = "ALL_SUCCESS"
    spark_python_task: SparkPythonTask | None = None
    python_wheel_task: PythonWheelTask | None = None
    notebook_task: NotebookTask | None = None
    new_cluster: NewCluster | None = None
    job_cluster_key: str | None = None
    existing_cluster_id: str | None = None
    environment_key: str | None = None
    libraries: list[Library] = []
    max_retries: Int32 = Field(default=0, ge=-1)
    min_retry_interval_millis: Int32 = Field(default=0, ge=0)
    retry_on_timeout: bool = False
    timeout_seconds: Int32 = Field(default=0, ge=0)
    email_notifications: Metadata = None
    notification_settings: Metadata = None
    disable_auto_optimization: Metadata = None
    webhook_notifications: Unsupported = None
    health: Unsupported = None
    disabled: Unsupported = None
    compute: Unsupported = None
    alert_task: Unsupported = None
    clean_rooms_notebook_task: Unsupported = None
    condition_task: Unsupported = None
    dashboard_task: Unsupported = None
    dbt_cloud_task: Unsupported = None
    dbt_platform_task: Unsupported = None
    dbt_task: Unsupported = None
    for_each_task: Unsupported = None
    gen_ai_compute_task: Unsupported = None
    pipeline_task: Unsupported = None
    power_bi_task: Unsupported = None
    python_operator_task: Unsupported = None
    run_job_task: Unsupported = None
    spark_jar_task: Unsupported = None
    spark_submit_task: Unsupported = None
    sql_task: Unsupported = None

    @model_validator(mode="after")
    def _one_type(self) -> Self:
        types = [name for name in TASK_TYPES if getattr(self, name) is not None]
        if len(types) != 1:
            raise ValueError(
                f"expected exactly one of {', '.join(TASK_TYPES)}, found {', '.join(types) or 'none'}"
            )
        return self

    @model_validator(mode="after")
    def _one_compute(self) -> Self:
        names = ("new_cluster", "job_cluster_key", "existing_cluster_id", "environment_key")
        computes = [name for name in names if getattr(self, name)]
        if len(computes) > 1:
            raise ValueError(f"{' and '.join(computes)} are both set; a task runs on one compute")
        return self

    @property
    def type_name(self) -> str:
        """Name of the field that says what to run."""
        return next(name for name in TASK_TYPES if getattr(self, name) is not None)

    @property
    def upstream(self) -> list[str]:
        """Keys of the tasks it depends on."""
        return [dependency.task_key for dependency in self.depends_on]


TASK_FIELDS: frozenset[str] = frozenset(TaskSettings.model_fields) - {
    "task_key",
    "depends_on",
    "run_if",
    "job_cluster_key",
    "description",
    "email_notifications",
    "notification_settings",
    "webhook_notifications",
    "health",
    "timeout_seconds",
}
"""Fields that the older single-task form has at the top level of a request."""


def with_task_list(body: Any, name_field: str) -> Any:
    """Turn the older single-task form (``notebook_task`` at the top level, no ``tasks``) into a list of one task.

    The task is called after the run, as Databricks does; ``DatabricksNotebookOperator`` looks it up by that name.
    """
    if not isinstance(body, dict) or "tasks" in body or not TASK_FIELDS & body.keys():
        return body
    rest = {key: value for key, value in body.items() if key not in TASK_FIELDS}
    own = {key: value for key, value in body.items() if key in TASK_FIELDS}
    name = str(body.get(name_field) or "Untitled")
    key = "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in name)
    return {**rest, "tasks": [{**own, "task_key": key[:100]}]}
