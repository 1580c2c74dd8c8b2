"""A Databricks job whose tasks show as Airflow tasks: one launch starts it, and each task follows its own part.

The provider's workflow task group starts the job without an idempotency token and has no place to add one, so this
one is built from what the provider offers to everybody: its hook, its trigger and its link.
"""

from types import TracebackType
from typing import Any

from airflow.providers.databricks.hooks.databricks import DatabricksHook, RunState
from airflow.providers.databricks.operators.databricks import XCOM_RUN_PAGE_URL_KEY, DatabricksJobRunLink
from airflow.providers.databricks.triggers.databricks import DatabricksExecutionTrigger
from airflow.sdk import BaseOperator, TaskGroup
from airflow.sdk.exceptions import AirflowFailException
from airflow.task.trigger_rule import TriggerRule

from lakeloop_airflow.defaults import DATABRICKS
from lakeloop_airflow.idempotency import tries_so_far
from lakeloop_airflow.run_hook import RunOnceHook


class LaunchWorkflowOperator(BaseOperator):
    """Creates or resets the job, starts one run of it, and hands the run's id on.

    It does not wait: the tasks behind it do, deferred. A retry finds the run that a killed worker has started.

    Args:
        job: settings of the job as ``jobs/create`` takes them, ``name`` and ``tasks`` among them.
        idempotency_token: names the run; see :mod:`lakeloop_airflow.idempotency`.
    """

    template_fields = ("databricks_conn_id", "job", "idempotency_token")
    operator_extra_links = (DatabricksJobRunLink(),)
    ui_color = "#1CB1C2"
    ui_fgcolor = "#fff"

    def __init__(
        self,
        *,
        job: dict[str, Any],
        idempotency_token: str,
        databricks_conn_id: str = DATABRICKS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job = job
        self.idempotency_token = idempotency_token
        self.databricks_conn_id = databricks_conn_id
        self.run_id: int | None = None

    def execute(self, context: Any) -> dict[str, int]:
        """Return ``{"job_id", "run_id"}``."""
        hook = self._hook(tries_so_far(context["ti"], self.retries or 0))
        job_id = self._create_or_reset(hook)
        self.run_id = hook.run_now({"job_id": job_id, "idempotency_token": self.idempotency_token})
        page = hook.get_run_page_url(self.run_id)
        self.log.info("Databricks run %s of job %s: %s", self.run_id, self.job["name"], page)
        context["ti"].xcom_push(key=XCOM_RUN_PAGE_URL_KEY, value=page)
        return {"job_id": job_id, "run_id": self.run_id}

    def on_kill(self) -> None:
        """Cancel the run: nobody would follow it."""
        if self.run_id is not None:
            self._hook(tries=1).cancel_run(self.run_id)

    def _create_or_reset(self, hook: DatabricksHook) -> int:
        """Runs that are under way keep the settings they started with."""
        job_id = hook.find_job_id_by_name(self.job["name"])
        if job_id is None:
            return hook.create_job(self.job)
        hook.reset_job(job_id, self.job)  # type: ignore[arg-type]  # the API wants a number
        return job_id

    def _hook(self, tries: int) -> RunOnceHook:
        return RunOnceHook(self.databricks_conn_id, caller=type(self).__name__, tries=tries)


class WorkflowTaskOperator(BaseOperator):
    """One task of the job: follows its run in the triggerer, through the retries that Databricks itself makes.

    A task that has failed for good fails here without a retry: its run has ended, and only a new launch starts it
    again. Clear ``launch`` and what is behind it for that.

    Args:
        settings: the task as ``jobs/create`` takes it, ``task_key`` among them, without ``depends_on``.
        workflow_run: what the launch returned; set by :class:`WorkflowTaskGroup`.
    """

    template_fields = ("databricks_conn_id", "workflow_run")
    operator_extra_links = (DatabricksJobRunLink(),)
    ui_color = "#1CB1C2"
    ui_fgcolor = "#fff"
    deferrable = True  # there is no other way to wait

    def __init__(
        self,
        *,
        settings: dict[str, Any],
        databricks_conn_id: str = DATABRICKS,
        polling_period_seconds: float = 30,
        workflow_run: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.databricks_conn_id = databricks_conn_id
        self.polling_period_seconds = polling_period_seconds
        self.workflow_run = workflow_run

    def execute(self, context: Any) -> None:
        """Link to the page of the task's newest attempt, and wait."""
        hook = DatabricksHook(self.databricks_conn_id, caller=type(self).__name__)
        run_id = self._newest_attempt(hook)
        page = hook.get_run_page_url(run_id)
        self.log.info("Task %s is Databricks run %s: %s", self.settings["task_key"], run_id, page)
        context["ti"].xcom_push(key=XCOM_RUN_PAGE_URL_KEY, value=page)
        self.defer(trigger=self._trigger(run_id, page), method_name="execute_complete")

    def execute_complete(self, context: Any, event: dict[str, Any]) -> None:
        """How the task's run ended is how this task ends."""
        state = RunState.from_json(event["run_state"])
        if not state.is_successful:
            raise AirflowFailException(
                f"Databricks task {self.settings['task_key']} ended {state.result_state or state.life_cycle_state}: "
                f"{event['errors'] or state.state_message}. See {event['run_page_url']}. "
                "Clear the workflow's launch and what is behind it to run it again."
            )
        self.log.info("Databricks run %s succeeded", event["run_id"])

    def _newest_attempt(self, hook: DatabricksHook) -> int:
        key = self.settings["task_key"]
        attempts = [
            task for task in hook.get_run_tasks(self.workflow_run["run_id"]) if task["task_key"] == key
        ]
        if not attempts:
            raise AirflowFailException(
                f"Databricks run {self.workflow_run['run_id']} has no task {key}; clear the workflow's launch"
            )
        return int(max(attempts, key=lambda task: task.get("attempt_number", 0))["run_id"])

    def _trigger(self, run_id: int, page: str) -> DatabricksExecutionTrigger:
        return DatabricksExecutionTrigger(
            run_id=run_id,
            run_page_url=page,
            databricks_conn_id=self.databricks_conn_id,
            polling_period_seconds=self.polling_period_seconds,  # type: ignore[arg-type]  # any number will do
            caller=type(self).__name__,
            workflow_run_id=self.workflow_run["run_id"],
            databricks_task_key=self.settings["task_key"],
            max_retries=self.settings.get("max_retries", 0),
        )


class WorkflowTaskGroup(TaskGroup):
    """Makes one Databricks job of the tasks in it; their order in Airflow is their order there.

    The task ``launch`` is added when the group is left. It runs when at least one branch that leads to it was taken.

    Args:
        job: settings of the job without its tasks.
        idempotency_token: see :class:`LaunchWorkflowOperator`.
    """

    def __init__(
        self,
        *,
        job: dict[str, Any],
        idempotency_token: str,
        databricks_conn_id: str = DATABRICKS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job = job
        self.idempotency_token = idempotency_token
        self.databricks_conn_id = databricks_conn_id

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _tb: TracebackType | None
    ) -> None:
        """Add the launch, unless the group's body has failed."""
        if _type is None:
            self._add_launch()
        super().__exit__(_type, _value, _tb)

    def _add_launch(self) -> None:
        followed = [task for task in self.children.values() if isinstance(task, WorkflowTaskOperator)]
        launch = LaunchWorkflowOperator(
            task_id="launch",
            doc_md="Creates or resets the Databricks job and starts one run of it.",
            job={**self.job, "tasks": [self._settings(task) for task in followed]},
            idempotency_token=self.idempotency_token,
            databricks_conn_id=self.databricks_conn_id,
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
        )
        for task in followed:
            task.workflow_run = launch.output

    def _settings(self, task: WorkflowTaskOperator) -> dict[str, Any]:
        before = [
            self.children[task_id] for task_id in sorted(task.upstream_task_ids) if task_id in self.children
        ]
        keys = [other.settings["task_key"] for other in before if isinstance(other, WorkflowTaskOperator)]
        return {**task.settings, **({"depends_on": [{"task_key": key} for key in keys]} if keys else {})}
