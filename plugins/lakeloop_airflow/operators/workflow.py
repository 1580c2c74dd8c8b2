"""The provider's workflow task group, made safe against a killed worker.

``DatabricksWorkflowTaskGroup`` turns its tasks into one Databricks job and starts it with ``run-now``, but without
an idempotency token: a worker killed between ``run-now`` and the end of the launch would start the job twice.
"""

from functools import cached_property
from types import TracebackType
from typing import Any

from airflow.providers.databricks.hooks.databricks import DatabricksHook
from airflow.providers.databricks.operators.databricks import (
    DatabricksNotebookOperator,
    DatabricksTaskBaseOperator,
    DatabricksTaskOperator,
)
from airflow.providers.databricks.operators.databricks_workflow import (
    DatabricksWorkflowTaskGroup,
    _CreateDatabricksWorkflowOperator,
)
from airflow.task.trigger_rule import TriggerRule

from lakeloop_airflow.idempotency import idempotency_token


class RunOnceHook(DatabricksHook):
    """Adds the token to ``run-now``, so that asking again returns the run that exists."""

    token: str

    def run_now(self, json: dict[str, Any]) -> int:
        """Start the job, or return the id of the run that this token started before."""
        filled = {name: value for name, value in json.items() if value}
        return super().run_now({**filled, "idempotency_token": self.token})


class LaunchWorkflowOperator(_CreateDatabricksWorkflowOperator):
    """Creates or resets the job, starts it once per attempt, and hands its run id on.

    It does not wait for the run to start: the tasks behind it wait, deferred. So a retry also succeeds when the run
    that a killed worker started has ended by now, which the provider's launch would call a failure.
    """

    caller = "LaunchWorkflowOperator"

    def execute(self, context: Any) -> Any:
        """Return ``{"conn_id", "job_id", "run_id"}`` of the run that belongs to this attempt."""
        self._hook.token = idempotency_token(context["ti"])
        launched = super().execute(context)
        _link(context, self._hook.get_run_page_url(launched["run_id"]))
        return launched

    def _wait_for_job_to_start(self, run_id: int) -> None:
        self.log.info("Databricks run %s: %s", run_id, self._hook.get_run_page_url(run_id))

    @cached_property
    def _hook(self) -> RunOnceHook:
        return RunOnceHook(self.databricks_conn_id, caller=self.caller)


class WorkflowTaskGroup(DatabricksWorkflowTaskGroup):
    """``DatabricksWorkflowTaskGroup`` whose launch is a :class:`LaunchWorkflowOperator`.

    The launch runs when at least one branch that leads to it was taken.
    """

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _tb: TracebackType | None
    ) -> None:
        """Let the provider build its launch task, then make it ours: its class is hard-coded there."""
        super().__exit__(_type, _value, _tb)
        if _type is None:
            launch = self.children[self.child_id("launch")]
            launch.__class__ = LaunchWorkflowOperator
            launch.trigger_rule = TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS  # type: ignore[attr-defined]
            launch.doc_md = "Creates or resets the Databricks job and starts it, once per attempt."  # type: ignore[attr-defined]


def _link(context: Any, page: str) -> None:
    """Where the button "See Databricks Job Run" leads; the provider makes that address up and forgets the port."""
    context["ti"].xcom_push(key="databricks_job_run_link", value=page)


class _RunPageLink(DatabricksTaskBaseOperator):
    """A task of a workflow whose button leads to the page of its own run."""

    def execute(self, context: Any) -> None:
        """Follow the task's run; how it ends is how this task ends."""
        self._present = context
        super().execute(context)

    def monitor_databricks_job(self) -> None:
        """Called with the workflow's run known, before any waiting."""
        run = self._hook.get_run(self._get_current_databricks_task()["run_id"])
        _link(self._present, run["run_page_url"])
        super().monitor_databricks_job()


def _without(template_fields: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(field for field in template_fields if field != name)


class WorkflowNotebookOperator(_RunPageLink, DatabricksNotebookOperator):
    """Notebook task of a workflow whose parameters keep ``{{job.run_id}}`` and the like for Databricks to fill in.

    Jinja would take these references for its own and fail on them.
    """

    template_fields = _without(  # type: ignore[assignment]  # the provider fixes the number of fields
        DatabricksNotebookOperator.template_fields, "notebook_params"
    )


class WorkflowTaskOperator(_RunPageLink, DatabricksTaskOperator):
    """Task of a workflow whose ``task_config`` keeps Databricks' value references, see above."""

    template_fields = _without(DatabricksTaskOperator.template_fields, "task_config")  # type: ignore[assignment]
