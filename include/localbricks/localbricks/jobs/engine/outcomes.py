"""How a run ended, from the ends of its tasks, in the words of a hosted workspace.

A run whose tasks failed is ``INTERNAL_ERROR`` with the result ``FAILED`` there, and its message names a task; the task
itself is ``TERMINATED``. docs/localbricks.md says where that can be seen.
"""

from collections.abc import Mapping, Sequence

from .graph import outcome
from .records import SUCCESS, End, TaskRun

UPSTREAM_MESSAGES = {
    "EXCLUDED": "The condition of run_if was not met.",
    "UPSTREAM_FAILED": "An upstream task failed.",
    "UPSTREAM_CANCELED": "An upstream task was cancelled.",
}
"""Why a task did not run, by its result state."""
OWN_FAILURES = ("FAILED", "TIMEDOUT", "CANCELED")


def run_end(tasks: Sequence[TaskRun], upstream: Mapping[str, Sequence[str]]) -> End:
    """How a run ended that nobody stopped.

    Args:
        tasks: the last attempt of each task; all have ended.
        upstream: by the key of each task, the keys of those it depends on.
    """
    result = outcome({task.task_key: task.result or "FAILED" for task in tasks}, upstream)
    if result == "SUCCESS":
        return SUCCESS
    cause = next((task for task in tasks if task.result in OWN_FAILURES), None)
    code = "SUCCESS_WITH_FAILURES" if result == "SUCCESS_WITH_FAILURES" else cause and cause.code
    life_cycle = "INTERNAL_ERROR" if result == "FAILED" else "TERMINATED"
    return End(result, _message(cause, tasks) if cause else "", code or "RUN_EXECUTION_ERROR", life_cycle)


def _message(cause: TaskRun, tasks: Sequence[TaskRun]) -> str:
    skipped = any(task.result in ("UPSTREAM_FAILED", "UPSTREAM_CANCELED") for task in tasks)
    reason = f"Task {cause.task_key} failed with message: {cause.message.removesuffix('.')}."
    return f"{reason} This caused all downstream tasks to get skipped." if skipped else reason
