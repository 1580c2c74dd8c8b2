"""Runs: started, queued, read, stopped, and found again after a restart."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...api_errors import ApiError, explain, invalid
from ...settings import WorkspaceSettings
from ..engine.attempt import STOPPED, AttemptContext
from ..engine.driver import RunDriver, first_task_runs
from ..engine.records import End, Run, TaskRun, internal_error, now
from ..engine.store import ENDED, Store
from ..process import output
from ..process.libraries import Libraries
from ..requests.models import JobSettings, ListRuns, RunNow, SubmitRun, Workflow
from .catalog import JobCatalog, page_links, page_start
from .starts import run_parameters, workflow_of
from .views import RunViews


class JobsService:
    """The Jobs API below its routes; also what the run pages read."""

    def __init__(self, settings: WorkspaceSettings) -> None:
        self.settings = settings
        self.store = Store(settings.state / "jobs.db")
        self.jobs = JobCatalog(self.store, settings.user)
        self.views = RunViews(settings.url, settings.user)
        libraries = Libraries(settings.state / "libraries", settings.workspace_root)
        self._context = AttemptContext(settings, self.store, libraries)
        self._drivers: dict[int, RunDriver] = {}
        self._lock = threading.Lock()

    def recover(self) -> None:
        """Take up the runs that had not ended when the workspace stopped."""
        for run in self.store.active_runs():
            if run.life_cycle == "QUEUED":
                self._start_queued(run.job_id)
            elif run.run_id not in self._drivers:
                self._take_up(run)

    def submit(self, body: SubmitRun) -> int:
        """Start a one-time run and return its id; a known idempotency token starts nothing and returns its run."""
        with self.store.transaction():
            known = self._run_of_token(body.idempotency_token)
            if known:
                return known.run_id
            run = self._new_run(
                "SUBMIT_RUN", self.store.next_id(), body.run_name, body.as_sent(), body.idempotency_token
            )
            self._add(run, body)
        self._drive(run)
        return run.run_id

    def run_now(self, body: RunNow) -> Run:
        """Start a run of a job, or queue or skip it when the job has its number of concurrent runs."""
        with self.store.transaction():
            known = self._run_of_token(body.idempotency_token)
            if known:
                return known
            job = self.jobs.job(body.job_id)
            settings = workflow_of("JOB_RUN", job.settings)
            assert isinstance(settings, JobSettings)
            run = self._new_run("JOB_RUN", job.job_id, settings.name, job.settings, body.idempotency_token)
            run = replace(run, parameters=run_parameters(settings, body), **self._admission(settings, body))
            self._add(run, settings)
        if run.life_cycle == "RUNNING":
            self._drive(run)
        return run

    def get_run(self, run_id: int) -> dict[str, Any]:
        """Return the JSON of ``runs/get`` for a run or for a task of a run."""
        run, task = self._find(run_id)
        tasks = self.store.tasks(run.run_id)
        return self.views.task_run(run, tasks, task) if task else self.views.run(run, tasks)

    def newest_runs(self, limit: int = 25, offset: int = 0) -> list[dict[str, Any]]:
        """Return runs with their tasks, newest first."""
        runs: list[dict[str, Any]] = self.list_runs(ListRuns(limit=limit, offset=offset, expand_tasks=True))[
            "runs"
        ]
        return runs

    def list_runs(self, query: ListRuns) -> dict[str, Any]:
        """Return the JSON of ``runs/list``, newest run first."""
        conditions = {
            "job_id = ?": query.job_id,
            "run_type = ?": query.run_type,
            "start_time >= ?": query.start_time_from,
            "start_time <= ?": query.start_time_to,
        }
        filters = {condition: value for condition, value in conditions.items() if value is not None}
        where = list(filters)
        if query.active_only:
            where.append(f"NOT {ENDED}")
        if query.completed_only:
            where.append(ENDED)
        start, limit = page_start(query.page_token, query.offset), query.limit or 20
        tail = f"ORDER BY run_id DESC LIMIT {limit + 1} OFFSET {start}"
        runs = self.store.find(Run, " AND ".join(where) or "1", list(filters.values()), tail)
        shown = [self._listed(run, query.expand_tasks) for run in runs[:limit]]
        return {"runs": shown, **page_links(start, limit, len(runs) > limit)}

    def get_output(self, run_id: int) -> dict[str, Any]:
        """Return the JSON of ``runs/get-output`` for a task run, or for a run that has one task."""
        run, task = self._find(run_id)
        task = task or self._only_task(run)
        folder = self.task_folder(task.run_id)
        logs, truncated = output.logs(folder)
        answer: dict[str, Any] = {
            "metadata": self.get_run(task.run_id),
            "logs": logs,
            "logs_truncated": truncated,
        }
        result = output.notebook_result(folder)
        if result.get("result") is not None:
            answer["notebook_output"] = {
                "result": result["result"],
                "truncated": bool(result.get("truncated")),
            }
        if task.ended and task.result != "SUCCESS":
            answer["error"] = task.message
            answer["error_trace"] = output.error_trace(folder)
        return answer

    def task_folder(self, task_run_id: int) -> Path:
        """Return the run folder of a task run."""
        _, task = self._find(task_run_id)
        if task is None:
            raise invalid(f"Run {task_run_id} is not the run of a task.")
        return self.settings.runs / str(task_run_id)

    def cancel(self, run_id: int) -> None:
        """Ask a run, or one task of a run, to end; nothing happens when it has ended."""
        run, task = self._find(run_id)
        driver = self._drivers.get(run.run_id)
        if driver:
            driver.stop("CANCELED", task.run_id if task else None)
        elif run.life_cycle == "QUEUED":
            self._end(run, STOPPED["CANCELED"])

    def cancel_all(self, job_id: int | None) -> None:
        """Cancel the active runs of a job, or all active runs."""
        for run in self.store.active_runs(job_id):
            self.cancel(run.run_id)

    def delete_run(self, run_id: int) -> None:
        """Forget a run that has ended, with its logs."""
        run, task = self._find(run_id)
        if task or not run.ended:
            raise ApiError(
                400, "INVALID_STATE", f"Run {run_id} is a task's, or has not ended: it cannot be deleted."
            )
        tasks = self.store.tasks(run_id)
        with self.store.transaction():
            for record in tasks:
                self.store.delete(TaskRun, record.run_id)
            self.store.delete(Run, run_id)
        for folder in [run_id, *(record.run_id for record in tasks)]:
            shutil.rmtree(self.settings.runs / str(folder), ignore_errors=True)

    def close(self) -> None:
        """Let go of everything; the processes of tasks go on."""
        self.store.close()

    def _take_up(self, run: Run) -> None:
        try:
            self._drive(run)
        except ValidationError as error:
            message = f"The run was made by another version of the workspace: {explain(error.errors())}"
            self._end(run, internal_error(message))

    def _drive(self, run: Run) -> None:
        workflow = workflow_of(run.run_type, run.definition)
        driver = RunDriver(self._context, run, workflow, self._ended)
        with self._lock:
            self._drivers[run.run_id] = driver
        driver.start()

    def _ended(self, run: Run) -> None:
        with self._lock:
            self._drivers.pop(run.run_id, None)
        self._start_queued(run.job_id)

    def _start_queued(self, job_id: int) -> None:
        """Start queued runs of a job, oldest first, while there are free slots."""
        started = []
        with self.store.transaction():
            active = self.store.active_runs(job_id)
            running = sum(run.life_cycle != "QUEUED" for run in active)
            for run in (run for run in active if run.life_cycle == "QUEUED"):
                if running < int(run.definition.get("max_concurrent_runs", 1)):
                    self.store.update(Run, run.run_id, life_cycle="RUNNING")
                    started.append(replace(run, life_cycle="RUNNING"))
                    running += 1
        for run in started:
            self._drive(run)

    def _admission(self, settings: JobSettings, body: RunNow) -> dict[str, Any]:
        """Return the state in which a new run of the job begins."""
        if len(self.store.active_runs(body.job_id)) < settings.max_concurrent_runs:
            return {"life_cycle": "RUNNING"}
        queue = body.queue or settings.queue
        if queue and queue.enabled and settings.max_concurrent_runs:
            return {"life_cycle": "QUEUED"}
        message = f"The job has {settings.max_concurrent_runs} active runs, its max_concurrent_runs."
        return {
            "life_cycle": "SKIPPED",
            "result": "MAXIMUM_CONCURRENT_RUNS_REACHED",
            "message": message,
            "code": "MAX_CONCURRENT_RUNS_EXCEEDED",
            "end_time": now(),
        }

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
            start_time=now(),
            life_cycle="RUNNING",
        )

    def _add(self, run: Run, workflow: Workflow) -> None:
        self.store.add(run)
        for record in first_task_runs(run, workflow.tasks, self.store.next_id):
            self.store.add(record)

    def _run_of_token(self, token: str | None) -> Run | None:
        return self.store.run_by_token(token) if token else None

    def _find(self, run_id: int) -> tuple[Run, TaskRun | None]:
        """Return a run and, when the id is a task's, that task; raises the ApiError of an unknown id."""
        run = self.store.get(Run, run_id)
        if run:
            return run, None
        task = self.store.get(TaskRun, run_id)
        run = self.store.get(Run, task.job_run_id) if task else None
        if run is None:
            raise ApiError(400, "INVALID_PARAMETER_VALUE", f"Run {run_id} does not exist.")
        return run, task

    def _only_task(self, run: Run) -> TaskRun:
        tasks = {record.task_key: record for record in self.store.tasks(run.run_id)}
        if len(tasks) != 1:
            keys = ", ".join(f"{record.run_id} ({key})" for key, record in tasks.items())
            raise invalid(f"Run {run.run_id} has {len(tasks)} tasks; ask for the output of one of: {keys}")
        return next(iter(tasks.values()))

    def _listed(self, run: Run, with_tasks: bool) -> dict[str, Any]:
        tasks = self.store.tasks(run.run_id) if with_tasks else []
        return self.views.run(run, tasks, with_tasks)

    def _end(self, run: Run, end: End) -> None:
        """End a run that nobody drives, with all its tasks."""
        with self.store.transaction():
            for record in self.store.tasks(run.run_id):
                if not record.ended:
                    self.store.update(TaskRun, record.run_id, end_time=now(), **end.columns())
            self.store.update(Run, run.run_id, end_time=now(), **end.columns())
