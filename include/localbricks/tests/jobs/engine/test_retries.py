"""Whether and when a task is tried again."""

from typing import Any

import pytest

from localbricks.jobs.engine.records import STOPPED, SUCCESS, End, TaskRun, internal_error
from localbricks.jobs.engine.retries import not_before, wants_retry
from localbricks.jobs.requests.tasks import TaskSettings

FAILED = End("FAILED", "boom")


def task(**fields: Any) -> TaskSettings:
    return TaskSettings.model_validate(
        {"task_key": "a", "spark_python_task": {"python_file": "/a.py"}, **fields}
    )


@pytest.mark.parametrize(
    ("fields", "end", "retries", "expected"),
    [
        ({}, FAILED, 0, False),
        ({"max_retries": 2}, FAILED, 1, True),
        ({"max_retries": 2}, FAILED, 2, False),
        ({"max_retries": -1}, FAILED, 1000, True),
        ({"max_retries": 2}, SUCCESS, 0, False),
        ({"max_retries": 2}, STOPPED["CANCELED"], 0, False),
        ({"max_retries": 2}, STOPPED["TIMEDOUT"], 0, False),
        ({"max_retries": 2, "retry_on_timeout": True}, STOPPED["TIMEDOUT"], 0, True),
        ({"max_retries": 2}, internal_error("/a.py does not exist", "RESOURCE_NOT_FOUND"), 0, True),
    ],
)
def test_what_is_tried_again(fields: dict[str, Any], end: End, retries: int, expected: bool) -> None:
    assert wants_retry(task(**fields), end, retries) is expected


@pytest.mark.parametrize(
    ("fields", "retries", "seconds"),
    [
        ({"max_retries": 3}, 0, 0),
        ({"max_retries": 3, "min_retry_interval_millis": 5000}, 2, 5),
        ({"max_retries": -1}, 0, 1),
        ({"max_retries": -1}, 3, 8),
        ({"max_retries": -1}, 1_000_000, 60),
        ({"max_retries": -1, "min_retry_interval_millis": 5000}, 0, 5),
        ({"max_retries": -1, "min_retry_interval_millis": 5000}, 9, 60),
    ],
)
def test_the_interval_counts_from_the_start_of_the_failed_attempt_and_for_ever_does_not_spin(
    fields: dict[str, Any], retries: int, seconds: int
) -> None:
    failed = TaskRun(run_id=1, job_run_id=1, task_key="a", start_time=1_000_000, end_time=9_000_000)
    assert not_before(task(**fields), failed, retries) == 1_000_000 + seconds * 1000
