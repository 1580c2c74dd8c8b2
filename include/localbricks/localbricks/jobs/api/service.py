"""Runs: started, queued, repaired, stopped, and found again after a restart."""

import logging
import threading
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from ...api_errors import ApiError, explain
from ...settings import WorkspaceSettings
from ..engine.attempt import AttemptContext
from ..engine.driver import RunDriver, first_task_runs
from ..engine.records import STOPPED, End, Job, Run, TaskRun, internal_error, now, section
from ..engine.store import Store
from ..process.libraries import Libraries
from ..requests.models import JobSettings, RepairRun, RunNow, SubmitRun, Workflow
from .catalog import JobCatalog
from .queries import RunQueries
from .repairs import check_repairable, repaired_parameters, rerun_records, tasks_to_rerun
from .retention import forget, forget_old_runs
from .starts import admission, run_parameters, saved_workflow, workflow_of

logger = logging.getLogger(__name__)
MAX_TASK_RUNS = 2000
"""Task runs that may be active at once in a workspace, https://docs.databricks.com/aws/en/resources/limits"""


class JobsService(RunQueries):
    """The Jobs API below its routes.

    Args:
        context: what attempts of tasks use; made from the settings by default.
    """

    def __init__(self, settings: WorkspaceSettings, context: AttemptContext | None = None) -> None:
        self._context = context or attempt_context(settings)
        super().__init__(settings, self._context.store)
        self.jobs = JobCatalog(self.store, settings.user, self._give_time)
        self._drivers: dict[int, RunDriver] = {}
        self._lock = threading.Lock()

    def recover(self) -> None:
        """Take up the runs that had not ended when the workspace stopped, and forget those that ended long ago."""
        forget_old_runs(self.store, self.settings)
        self._context.libraries.forget_unused()
        for run in self.store.active_runs():
            if run.life_cycle == "QUEUED" or not self._is_driven(run):
                self._start_queued(run.job_id)

    def submit(self, body: SubmitRun) -> int:
        """Start a one-time run and return its id; a known idempotency token starts nothing and returns its run."""
        with self.store.transaction():
            known = self._run_of_token(body.idempotency_token)
            if known:
                return known.run_id
            self._check_limit(len(body.tasks))
            run = self._new_run(
                "SUBMIT_RUN", self.store.next_id(), body.run_name, body.as_sent(), body.idempotency_token
            )
            self._add(run, body)
        self._take_up(run)
        return run.run_id

    def run_now(self, body: RunNow) -> Run:
        """Start a run of a job, or queue or skip it when the job has its number of concurrent runs."""
        with self.store.transaction():
            known = self._run_of_token(body.idempotency_token)
            if known:
                return known
            job = self.jobs.job(body.job_id)
            settings = saved_workflow("JOB_RUN", job.settings, f"job {job.job_id}")
            assert isinstance(settings, JobSettings)
            self._check_limit(len(settings.tasks))
            run = self._new_run("JOB_RUN", job.job_id, settings.name, job.settings, body.idempotency_token)
            others = len(self.store.active_runs(job.job_id))
            run = replace(run, parameters=run_parameters(settings, body), **admission(settings, body, others))
            self._add(run, settings)
        if run.life_cycle == "RUNNING":
            self._take_up(run)
        return run

    def repair(self, body: RepairRun) -> int:
        """Run tasks of a run again that has ended, and return the id of the repair."""
        with self.store.transaction():
            run, task = self.find(body.run_id)
            if task:
                raise ApiError(
                    400, "INVALID_STATE", f"Run {body.run_id} is a task's: repair run {run.run_id}."
                )
            check_repairable(run, body)
            definition = self._current_settings(run)
            workflow = saved_workflow(run.run_type, definition, f"run {run.run_id}, of job {run.job_id},")
            last = {record.task_key: record for record in self.store.tasks(run.run_id)}
            keys = tasks_to_rerun(body, workflow, last)
            self._check_room(run, workflow, len(keys))
            repaired = self._reopened(run, definition, body)
            for record in rerun_records(repaired, workflow, keys, last, self.store.next_id):
                self.store.add(record)
        self._take_up(repaired)
        return repaired.repair_id

    def cancel(self, run_id: int) -> None:
        """Ask a run, or one task of a run, to end; nothing happens when it has ended."""
        run, task = self.find(run_id)
        with self.store.transaction():
            if task:
                self.store.ask_to_stop(TaskRun, task.run_id, "CANCELED")
            elif self.store.ask_to_stop(Run, run.run_id, "CANCELED"):
                self._end_queued(run.run_id)
        driver = self._drivers.get(run.run_id)
        if driver:
            driver.heed()

    def cancel_all(self, job_id: int | None, only_queued: bool = False) -> None:
        """Cancel the active runs of a job, or those of all jobs; or only the queued ones among them."""
        for run in self.store.active_runs(job_id):
            if run.life_cycle == "QUEUED" or not only_queued:
                self.cancel(run.run_id)

    def delete_run(self, run_id: int) -> None:
        """Forget a run that has ended, with its logs."""
        run, task = self.find(run_id)
        if task or not run.ended:
            raise ApiError(
                400, "INVALID_STATE", f"Run {run_id} is a task's, or has not ended: it cannot be deleted."
            )
        forget(run, self.store, self.settings)

    def close(self) -> None:
        """Let go of everything; the processes of tasks go on."""
        self.store.close()

    def _give_time(self, job_id: int, settings: JobSettings) -> None:
        """A job's new ``timeout_seconds``, alone of its settings, holds for the runs that go on, too.

        https://docs.databricks.com/api/workspace/jobs/update
        """
        for run in self.store.active_runs(job_id):
            definition = {**run.definition, "timeout_seconds": settings.timeout_seconds}
            self.store.update(Run, run.run_id, definition=definition)
            driver = self._drivers.get(run.run_id)
            if driver:
                driver.give_time(settings.timeout_seconds)

    def _is_driven(self, run: Run) -> bool:
        """Whether the run goes on, after this call at the latest."""
        return run.run_id in self._drivers or self._take_up(run)

    def _take_up(self, run: Run) -> bool:
        """Drive a run on; whether that can be done: one that an older version has made may be beyond reading."""
        try:
            self._drive(run)
            return True
        except ValidationError as error:
            why = f"The run was made by another version of the workspace: {explain(error.errors())}"
        except Exception as error:
            logger.exception("run %s", run.run_id)
            why = f"The workspace cannot go on with the run: {type(error).__name__}: {error}"
        self._end(run, internal_error(why))
        return False

    def _drive(self, run: Run) -> None:
        workflow = workflow_of(run.run_type, run.definition)
        driver = RunDriver(self._context, run, workflow, self._ended)
        with self._lock:
            self._drivers[run.run_id] = driver
        driver.start()

    def _ended(self, driver: RunDriver) -> None:
        run = driver.run
        with self._lock:
            # A repair may have given the run another driver meanwhile.
            if self._drivers.get(run.run_id) is driver:
                del self._drivers[run.run_id]
        self._start_queued(run.job_id)
        forget_old_runs(self.store, self.settings)

    def _start_queued(self, job_id: int) -> None:
        """Start queued runs of a job, oldest first, while there are free slots."""
        while not all([self._take_up(run) for run in self._admit_queued(job_id)]):
            pass

    def _admit_queued(self, job_id: int) -> list[Run]:
        """Let runs out of the queue for which there is a slot, and return them."""
        admitted = []
        with self.store.transaction():
            active = self.store.active_runs(job_id)
            running = sum(run.life_cycle != "QUEUED" for run in active)
            for run in (run for run in active if run.life_cycle == "QUEUED"):
                if running < int(run.definition.get("max_concurrent_runs") or 1):
                    self.store.move(Run, run.run_id, "RUNNING", admitted_time=now())
                    admitted.append(run.run_id)
                    running += 1
        return [self.find(run_id)[0] for run_id in admitted]

    def _end_queued(self, run_id: int) -> None:
        """End a run that was cancelled while it waited: nobody drives it."""
        run = self.store.get(Run, run_id)
        if run and run.life_cycle == "QUEUED":
            self._end(run, STOPPED["CANCELED"])

    def _new_run(
        self, run_type: str, job_id: int, name: str, definition: dict[str, Any], token: str | None
    ) -> Run:
        return Run(
            run_id=self.store.next_id(),
            job_id=job_id,
            run_type=run_type,
            name=name,
            number_in_job=self.store.next_number(job_id),
            definition=definition,
            token=token or None,
            start_time=(start := now()),
            admitted_time=start,
            life_cycle="RUNNING",
        )

    def _add(self, run: Run, workflow: Workflow) -> None:
        self.store.add(run)
        for record in first_task_runs(run, workflow.tasks, self.store.next_id):
            self.store.add(record)

    def _run_of_token(self, token: str | None) -> Run | None:
        return self.store.run_by_token(token) if token else None

    def _current_settings(self, run: Run) -> dict[str, Any]:
        """The settings that a repair uses: the job's as they are now; the run's own when there is no job any more."""
        job = self.store.get(Job, run.job_id) if run.run_type == "JOB_RUN" else None
        return job.settings if job else run.definition

    def _check_room(self, run: Run, workflow: Workflow, task_runs: int) -> None:
        """Raise the ApiError of a repair for which the job, or the workspace, has no slot."""
        others = len(self.store.active_runs(run.job_id))
        if isinstance(workflow, JobSettings) and others >= workflow.max_concurrent_runs:
            raise ApiError(
                400,
                "INVALID_STATE",
                f"Job {run.job_id} has {others} active runs, its max_concurrent_runs: repair the run later.",
            )
        self._check_limit(task_runs)

    def _reopened(self, run: Run, definition: dict[str, Any], body: RepairRun) -> Run:
        changes: dict[str, Any] = {
            "definition": definition,
            "parameters": repaired_parameters(run, definition, body),
            "repair_id": self.store.next_id(),
            "history": [*run.history, section(run)],
            "admitted_time": now(),
        }
        self.store.repair(run.run_id, **changes)
        return self.find(run.run_id)[0]

    def _check_limit(self, task_runs: int) -> None:
        active = self.store.active_task_runs()
        if active + task_runs > MAX_TASK_RUNS:
            raise ApiError(
                429,
                "REQUEST_LIMIT_EXCEEDED",
                f"{active} task runs are active, of {MAX_TASK_RUNS} that a workspace may have: try again later.",
            )

    def _end(self, run: Run, end: End) -> None:
        """End a run that nobody drives, with all its tasks."""
        with self.store.transaction():
            for record in self.store.tasks(run.run_id):
                self.store.end(TaskRun, record.run_id, end)
            self.store.end(Run, run.run_id, end)


def attempt_context(settings: WorkspaceSettings) -> AttemptContext:
    """What attempts use: the state of these settings, real processes and the real Spark server."""
    libraries = Libraries(settings.state / "libraries", settings.workspace_root)
    return AttemptContext(settings, Store(settings.state / "jobs.db"), libraries)
