"""What a request may hold: anything else is refused, naming the field."""

from typing import Any

import pytest
from pydantic import ValidationError

from localbricks.api_errors import explain
from localbricks.jobs.requests.models import CancelAll, JobSettings, RunNow, SubmitRun

PYTHON = {"spark_python_task": {"python_file": "/Workspace/a.py"}}


def submit(**task: Any) -> SubmitRun:
    return SubmitRun.model_validate({"tasks": [{"task_key": "a", **task}]})


def refusal(model: type[Any], body: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body)
    return explain(caught.value.errors())


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ({**PYTHON, "max_retrys": 1}, "tasks.0.max_retrys: unknown field"),
        ({"sql_task": {"warehouse_id": "1"}}, "tasks.0.sql_task: not supported by the local workspace yet"),
        (
            {**PYTHON, "new_cluster": {"init_scripts": [{"s3": {}}, "x"]}},
            "tasks.0.new_cluster.init_scripts: not supported",
        ),
        ({**PYTHON, "timeout_seconds": "soon"}, "tasks.0.timeout_seconds: Input should be a valid integer"),
        (
            {},
            "tasks.0: expected exactly one of spark_python_task, python_wheel_task, notebook_task, found none",
        ),
        ({**PYTHON, "notebook_task": {"notebook_path": "/b"}}, "found spark_python_task, notebook_task"),
        ({**PYTHON, "job_cluster_key": "main"}, "tasks.a.job_cluster_key: 'main' is not defined"),
        ({**PYTHON, "environment_key": "e"}, "tasks.a.environment_key: 'e' is not defined"),
        ({**PYTHON, "depends_on": [{"task_key": "b"}]}, "tasks.a.depends_on: 'b' is not defined"),
        ({**PYTHON, "depends_on": [{"task_key": "a"}]}, "depends_on makes a cycle: a -> a"),
        (
            {**PYTHON, "depends_on": [{"task_key": "a", "outcome": "true"}]},
            "tasks.0.depends_on.0.outcome: not supported",
        ),
        ({**PYTHON, "run_if": "SOMETIMES"}, "tasks.0.run_if: Input should be 'ALL_SUCCESS'"),
        ({**PYTHON, "libraries": [{"jar": "/a.jar"}]}, "tasks.0.libraries.0.jar: not supported"),
        ({**PYTHON, "libraries": [{}]}, "tasks.0.libraries.0: expected exactly one of whl, pypi"),
        ({**PYTHON, "existing_cluster_id": "1", "new_cluster": {}}, "a task runs on one compute"),
        (
            {"notebook_task": {"notebook_path": "/a", "source": "GIT"}},
            "tasks.0.notebook_task.source: Input should be",
        ),
    ],
)
def test_a_task_that_does_not_match_is_refused_naming_the_field(task: dict[str, Any], expected: str) -> None:
    assert expected in refusal(SubmitRun, {"tasks": [{"task_key": "a", **task}]})


def test_run_level_fields_are_refused_by_name() -> None:
    assert "git_source: not supported" in refusal(
        SubmitRun, {"tasks": [{"task_key": "a", **PYTHON}], "git_source": {"x": 1}}
    )
    assert "tasks: " in refusal(SubmitRun, {"tasks": []})
    assert "task_key a is given more than once" in refusal(
        SubmitRun, {"tasks": [{"task_key": "a", **PYTHON}] * 2}
    )
    assert "schedule: the local workspace starts no job by itself" in refusal(
        JobSettings, {"schedule": {"quartz_cron_expression": "0 0 * * * ?", "timezone_id": "UTC"}}
    )
    assert "job_parameters and notebook_params are both set" in refusal(
        RunNow, {"job_id": 1, "job_parameters": {"a": "1"}, "notebook_params": {"a": "1"}}
    )


def test_not_all_runs_of_all_jobs_are_cancelled_at_once() -> None:
    assert "expected job_id, or all_queued_runs" in refusal(CancelAll, {})


def test_what_asks_for_nothing_is_accepted_and_kept() -> None:
    body = {
        "name": "job",
        "tags": {"team": "data"},
        "email_notifications": {"no_alert_for_skipped_runs": False},
        "webhook_notifications": {"on_failure": []},
        "format": "MULTI_TASK",
        "schedule": {"quartz_cron_expression": "0 0 * * * ?", "timezone_id": "UTC", "pause_status": "PAUSED"},
        "tasks": [{"task_key": "a", "libraries": [], "health": {}, **PYTHON}],
    }
    assert JobSettings.model_validate(body).as_sent() == body


def test_the_single_task_form_names_its_task_after_the_run() -> None:
    body = {
        "run_name": "nightly / 7",
        "timeout_seconds": 60,
        "notebook_task": {"notebook_path": "/a", "source": "WORKSPACE", "base_parameters": {}},
        "new_cluster": {"num_workers": 1},
        "libraries": [],
        "max_retries": 2,
    }
    model = SubmitRun.model_validate(body)
    assert model.timeout_seconds == 60
    (task,) = model.tasks
    assert (task.task_key, task.type_name, task.max_retries) == ("nightly _ 7", "notebook_task", 2)
    assert SubmitRun.model_validate({**body, "run_name": "nightly"}).tasks[0].task_key == "nightly"


def test_numbers_may_come_as_text() -> None:
    assert submit(**PYTHON, timeout_seconds="60", max_retries="-1").tasks[0].timeout_seconds == 60
