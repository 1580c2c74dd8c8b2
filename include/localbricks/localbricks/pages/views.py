"""What the templates show of a run, from the JSON of the Jobs API."""

from datetime import UTC, datetime
from typing import Any

from ..jobs.engine.states import TERMINAL
from ..jobs.requests.tasks import TASK_TYPES


def state(run: dict[str, Any]) -> str:
    """One word: SUCCESS, FAILED, RUNNING, PENDING, ..."""
    state = run.get("state") or {}
    return state.get("result_state") or state.get("life_cycle_state") or "UNKNOWN"


def is_done(run: dict[str, Any]) -> bool:
    """Whether it has ended."""
    return (run.get("state") or {}).get("life_cycle_state") in TERMINAL


def message(run: dict[str, Any]) -> str:
    """Why it is in its state, or nothing."""
    return (run.get("state") or {}).get("state_message") or ""


def started(run: dict[str, Any]) -> str:
    """Start in UTC, to the second."""
    moment = run.get("start_time")
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def duration(run: dict[str, Any]) -> str:
    """``1 m 12 s`` from start to end, or until now."""
    begin = run.get("start_time")
    if not begin:
        return ""
    end = run.get("end_time") or (datetime.now(UTC).timestamp() * 1000 if not is_done(run) else begin)
    seconds = max(end - begin, 0) / 1000
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} m {int(seconds % 60)} s"


def task_type(task: dict[str, Any]) -> str:
    """``notebook`` and what it runs."""
    for name in TASK_TYPES:
        if name in task:
            own = task[name]
            what = own.get("notebook_path") or own.get("python_file") or own.get("entry_point") or ""
            return f"{name.removesuffix('_task').replace('_', ' ')}: {what}"
    return "task"


def compute(task: dict[str, Any]) -> str:
    """Where it runs."""
    cluster = task.get("new_cluster")
    if cluster:
        scale = cluster.get("autoscale") or {}
        workers = cluster.get("num_workers", scale.get("max_workers", 0))
        return f"job cluster, {workers} workers"
    return (
        f"job cluster {task['job_cluster_key']}"
        if task.get("job_cluster_key")
        else "serverless (Spark Connect)"
    )


def parameters(task: dict[str, Any]) -> dict[str, str]:
    """The parameters of a task by name."""
    for name in TASK_TYPES:
        own = task.get(name) or {}
        named = own.get("base_parameters") or own.get("named_parameters")
        if named:
            return {key: str(value) for key, value in named.items()}
        if own.get("parameters"):
            return {str(position): str(value) for position, value in enumerate(own["parameters"], 1)}
    return {}
