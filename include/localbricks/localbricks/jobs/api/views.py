"""Jobs and runs as the Jobs API shows them."""

from collections.abc import Sequence
from typing import Any

from ..engine.records import Job, Run, State, TaskRun, now, section

_STATUS_STATES = {"WAITING_FOR_RETRY": "WAITING", "SKIPPED": "TERMINATED", "INTERNAL_ERROR": "TERMINATED"}
_SUCCESS_TYPE_CODES = (
    "SUCCESS",
    "SUCCESS_WITH_FAILURES",
    "USER_CANCELED",
    "SKIPPED",
    "MAX_CONCURRENT_RUNS_EXCEEDED",
)


def job_json(job: Job, user: str, with_tasks: bool = True) -> dict[str, Any]:
    """Return a job as ``jobs/get`` and, without its tasks, ``jobs/list`` show it."""
    hidden = () if with_tasks else ("tasks", "job_clusters", "environments")
    defaults = {"name": "Untitled", "max_concurrent_runs": 1, "timeout_seconds": 0, "format": "MULTI_TASK"}
    settings = {key: value for key, value in job.settings.items() if key not in hidden}
    return {
        "job_id": job.job_id,
        "creator_user_name": user,
        "run_as_user_name": user,
        "created_time": job.created_time,
        "settings": {**defaults, **settings},
    }


class RunViews:
    """Runs as JSON.

    Args:
        url: address of the workspace, for links.
        user: name of the one user.
    """

    def __init__(self, url: str, user: str) -> None:
        self.url = url
        self.user = user

    def run(self, run: Run, tasks: Sequence[TaskRun], with_tasks: bool = True) -> dict[str, Any]:
        """Return a run as ``runs/get`` shows it."""
        view = {
            **self._head(run),
            "run_id": run.run_id,
            "original_attempt_run_id": run.run_id,
            **_state(run),
            **_times(run),
            "run_page_url": f"{self.url}/runs/{run.run_id}",
        }
        view |= {key: run.definition[key] for key in ("job_clusters",) if key in run.definition}
        view |= {key: value for key, value in run.parameters.items() if value}
        return {**view, "tasks": self._tasks(run, tasks)} if with_tasks else view

    def task_run(self, run: Run, tasks: Sequence[TaskRun], task: TaskRun) -> dict[str, Any]:
        """Return one task of a run as ``runs/get`` shows it when asked for the task's own id."""
        shown = self._task(run, tasks, task)
        keys = (
            "run_id",
            "original_attempt_run_id",
            "attempt_number",
            "run_page_url",
            "state",
            "status",
            *_DURATIONS,
        )
        return {
            **self._head(run),
            **{key: shown[key] for key in keys if key in shown},
            "job_run_id": run.run_id,
            "tasks": [shown],
        }

    def repair_history(self, run: Run, tasks: Sequence[TaskRun]) -> list[dict[str, Any]]:
        """Return ``repair_history`` of a run: the original run, then its repairs, the present one last."""
        return [_history_item(part, run, tasks) for part in (*run.history, section(run))]

    def _head(self, run: Run) -> dict[str, Any]:
        return {
            "job_id": run.job_id,
            "number_in_job": run.number_in_job,
            "creator_user_name": self.user,
            "run_name": run.name,
            "run_type": run.run_type,
            "trigger": "ONE_TIME",
            "format": "MULTI_TASK",
            "effective_performance_target": "PERFORMANCE_OPTIMIZED",
        }

    def _tasks(self, run: Run, tasks: Sequence[TaskRun]) -> list[dict[str, Any]]:
        return [self._task(run, tasks, task) for task in tasks]

    def _task(self, run: Run, tasks: Sequence[TaskRun], task: TaskRun) -> dict[str, Any]:
        listed = run.definition.get("tasks", [])
        settings: dict[str, Any] = next((entry for entry in listed if entry["task_key"] == task.task_key), {})
        first = next(other for other in tasks if other.task_key == task.task_key)
        return {
            "run_if": "ALL_SUCCESS",
            **settings,
            **task.task,
            "task_key": task.task_key,
            "run_id": task.run_id,
            "original_attempt_run_id": first.run_id,
            "attempt_number": task.attempt,
            **_state(task),
            **_task_times(task),
            "run_page_url": f"{self.url}/runs/{task.run_id}",
            "effective_performance_target": "PERFORMANCE_OPTIMIZED",
        }


_DURATIONS = (
    "start_time",
    "end_time",
    "setup_duration",
    "execution_duration",
    "cleanup_duration",
    "run_duration",
    "queue_duration",
)


def _times(run: Run) -> dict[str, Any]:
    total = (run.end_time or now()) - run.start_time
    first = (run.history[0] if run.history else section(run))["admitted_time"]
    left_queue = first or (now() if run.life_cycle == "QUEUED" else run.start_time)
    return {
        "start_time": run.start_time,
        "end_time": run.end_time,
        "setup_duration": 0,
        "execution_duration": 0,
        "cleanup_duration": 0,
        "queue_duration": max(left_queue - run.start_time, 0),
        "run_duration": max(total, 0),
    }


def _task_times(task: TaskRun) -> dict[str, Any]:
    """Return the times of a task; what lies before the launch of its process is its set-up."""
    until = task.end_time or now()
    launched = task.launch_time or until
    waiting = task.life_cycle in ("BLOCKED", "QUEUED")
    return {
        "start_time": task.start_time,
        "end_time": task.end_time,
        "setup_duration": 0 if waiting else max(launched - task.start_time, 0),
        "execution_duration": 0 if waiting else max(until - launched, 0),
        "cleanup_duration": 0,
        "queue_duration": 0,
        "run_duration": 0 if waiting else max(until - task.start_time, 0),
    }


def _history_item(part: dict[str, Any], run: Run, tasks: Sequence[TaskRun]) -> dict[str, Any]:
    """Return a part of a run, see :func:`section`, as an item of ``repair_history``."""
    repair_id = part["repair_id"]
    state = State(part["life_cycle"], part["result"], part["message"], part["code"])
    kind = {"type": "REPAIR", "id": repair_id} if repair_id else {"type": "ORIGINAL"}
    return {
        **kind,
        "start_time": part["admitted_time"] or run.start_time,
        "end_time": part["end_time"],
        **_state(state),
        "task_run_ids": [task.run_id for task in tasks if task.repair_id == repair_id],
        "effective_performance_target": "PERFORMANCE_OPTIMIZED",
    }


def _state(record: State) -> dict[str, Any]:
    """Return the older ``state`` and the newer ``status``."""
    stopped = record.result in ("CANCELED", "TIMEDOUT")
    state = {
        "life_cycle_state": record.life_cycle,
        "state_message": record.message,
        "user_cancelled_or_timedout": stopped,
    }
    if record.result:
        state["result_state"] = record.result
    status: dict[str, Any] = {"state": _STATUS_STATES.get(record.life_cycle, record.life_cycle)}
    if record.ended:
        code = record.code or "INTERNAL_ERROR"
        status["termination_details"] = {
            "code": code,
            "type": _termination_type(code),
            "message": record.message,
        }
    if record.life_cycle == "QUEUED":
        details = {
            "code": "MAX_CONCURRENT_RUNS_REACHED",
            "message": "Waiting for another run of the job to end.",
        }
        status["queue_details"] = details
        state["queue_reason"] = details["message"]
    return {"state": state, "status": status}


def _termination_type(code: str) -> str:
    if code in _SUCCESS_TYPE_CODES:
        return "SUCCESS"
    return "INTERNAL_ERROR" if code == "INTERNAL_ERROR" else "CLIENT_ERROR"
