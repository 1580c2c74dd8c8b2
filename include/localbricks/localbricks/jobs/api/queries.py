"""What can be asked about runs: one, many, and the output of a task."""

from pathlib import Path
from typing import Any

from ...api_errors import ApiError, invalid
from ...settings import WorkspaceSettings
from ..engine.records import Run, TaskRun
from ..engine.store import ENDED, Store
from ..process import output
from ..requests.models import ListRuns
from .catalog import page_links, page_start
from .views import RunViews


class RunQueries:
    """Runs as the Jobs API shows them; also what the run pages read."""

    def __init__(self, settings: WorkspaceSettings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.views = RunViews(settings.url, settings.user)

    def get_run(self, run_id: int, include_history: bool = False) -> dict[str, Any]:
        """Return the JSON of ``runs/get`` for a run or for a task of a run."""
        run, task = self.find(run_id)
        tasks = self.store.tasks(run.run_id)
        if task:
            return self.views.task_run(run, tasks, task)
        history = {"repair_history": self.views.repair_history(run, tasks)} if include_history else {}
        return {**self.views.run(run, tasks), **history}

    def newest_runs(self, limit: int = 25, offset: int = 0) -> list[dict[str, Any]]:
        """Return runs with their tasks, newest first."""
        page = self.list_runs(ListRuns(limit=limit, offset=offset, expand_tasks=True))
        return list(page["runs"])

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
        run, task = self.find(run_id)
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
        _, task = self.find(task_run_id)
        if task is None:
            raise invalid(f"Run {task_run_id} is not the run of a task.")
        return self.settings.runs / str(task_run_id)

    def find(self, run_id: int) -> tuple[Run, TaskRun | None]:
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
