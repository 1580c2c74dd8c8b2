"""Whether an attempt is followed by another one, and when: rules of https://docs.databricks.com/aws/en/jobs/configure-task."""

from ..requests.tasks import TaskSettings
from .records import SUCCESS, End, TaskRun

FIRST_PAUSE_MILLIS = 1_000
LONGEST_PAUSE_MILLIS = 60_000
"""Pauses of a task that is retried for ever, so that one that fails at once does not spin: 1, 2, 4, ... 60 seconds."""


def wants_retry(task: TaskSettings, end: End, retries: int) -> bool:
    """Whether another attempt is to follow.

    Args:
        end: how the attempt ended.
        retries: how many retries there were before.
    """
    if end == SUCCESS or end.result == "CANCELED":
        return False
    if end.result == "TIMEDOUT" and not task.retry_on_timeout:
        return False
    return task.max_retries < 0 or retries < task.max_retries


def not_before(task: TaskSettings, failed: TaskRun, retries: int) -> int:
    """The earliest start of the next attempt, in milliseconds since 1970.

    ``min_retry_interval_millis`` counts from the start of the attempt that failed, as documented; without it a retry
    follows at once. Only a task that is retried for ever waits longer: see LONGEST_PAUSE_MILLIS.
    """
    pause = task.min_retry_interval_millis
    if task.max_retries < 0:
        # The exponent is bounded, so that the number stays small after a thousand attempts.
        pause = max(pause, min(FIRST_PAUSE_MILLIS * 2 ** min(retries, 10), LONGEST_PAUSE_MILLIS))
    return failed.start_time + pause
