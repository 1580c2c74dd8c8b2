"""How a run ended, as a hosted workspace says it."""

import pytest

from localbricks.jobs.engine.outcomes import run_end
from localbricks.jobs.engine.records import TaskRun

UPSTREAM = {"extract": [], "load": ["extract"]}


def ended(key: str, result: str, message: str = "", code: str = "SUCCESS") -> TaskRun:
    return TaskRun(
        run_id=1,
        job_run_id=1,
        task_key=key,
        life_cycle="TERMINATED",
        result=result,
        message=message,
        code=code,
    )


@pytest.mark.parametrize(
    ("extract", "load", "expected"),
    [
        (ended("extract", "SUCCESS"), ended("load", "SUCCESS"), ("TERMINATED", "SUCCESS", "")),
        (
            ended("extract", "SUCCESS"),
            ended("load", "FAILED", "ValueError: no rows (exit code 1)"),
            (
                "INTERNAL_ERROR",
                "FAILED",
                "Task load failed with message: ValueError: no rows (exit code 1).",
            ),
        ),
        (
            ended("extract", "FAILED", "It broke."),
            ended("load", "UPSTREAM_FAILED"),
            (
                "INTERNAL_ERROR",
                "FAILED",
                "Task extract failed with message: It broke. This caused all downstream tasks to get skipped.",
            ),
        ),
        (
            ended("extract", "FAILED", "It broke"),
            ended("load", "SUCCESS"),
            ("TERMINATED", "SUCCESS_WITH_FAILURES", "Task extract failed with message: It broke."),
        ),
        (
            ended("extract", "SUCCESS"),
            ended("load", "TIMEDOUT", "Too long."),
            ("TERMINATED", "TIMEDOUT", "Task load failed with message: Too long."),
        ),
    ],
)
def test_a_run_names_the_task_that_failed_and_is_an_internal_error(
    extract: TaskRun, load: TaskRun, expected: tuple[str, str, str]
) -> None:
    end = run_end([extract, load], UPSTREAM)
    assert (end.life_cycle, end.result, end.message) == expected


def test_the_code_is_that_of_the_task() -> None:
    failed = ended("extract", "FAILED", "x", "LIBRARY_INSTALLATION_ERROR")
    assert run_end([failed], {"extract": []}).code == "LIBRARY_INSTALLATION_ERROR"
