"""Value references mean what the run knows; one that a known namespace does not have fails by its name."""

import json
from pathlib import Path

import pytest

from localbricks.jobs.engine.records import Run, TaskRun
from localbricks.jobs.engine.references import References
from localbricks.jobs.process.sources import SetupError


@pytest.fixture
def references(tmp_path: Path) -> References:
    (tmp_path / "train.json").write_text(json.dumps({"version": 7, "name": "churn", "split": {"a": [1]}}))
    (tmp_path / "clean-up.json").write_text(json.dumps({"rows.out": 3}))
    run = Run(
        run_id=11,
        job_id=5,
        run_type="JOB_RUN",
        name="nightly",
        number_in_job=1,
        definition={},
        start_time=1_500_000_000_000,
        admitted_time=1_500_000_100_000,
        history=[{"repair_id": 0}],
    )
    clean_up = TaskRun(
        run_id=14,
        job_run_id=11,
        task_key="clean-up",
        attempt=1,
        life_cycle="TERMINATED",
        result="FAILED",
        code="RUN_EXECUTION_ERROR",
    )
    train = TaskRun(
        run_id=12, job_run_id=11, task_key="train", life_cycle="TERMINATED", result="SUCCESS", code="SUCCESS"
    )
    return References(
        run=run,
        task_run=TaskRun(run_id=13, job_run_id=11, task_key="score", attempt=2),
        job_parameters={"night": "2017-01-01", "a b": "spaced"},
        upstream={"train": train, "clean-up": clean_up},
        values=tmp_path,
        url="http://127.0.0.1:8443",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{job.id}}/{{ job.run_id }}/{{job.name}}", "5/11/nightly"),
        ("{{task.name}} {{task.run_id}} {{task.execution_count}}", "score 13 3"),
        ("{{job.parameters.night}}", "2017-01-01"),
        ("{{job.start_time.iso_date}}", "2017-07-14"),
        ("{{job.start_time.iso_datetime}}", "2017-07-14T02:41:40Z"),
        ("{{job.trigger.time.iso_datetime}} {{job.trigger.type}}", "2017-07-14T02:40:00Z one_time"),
        ("{{job.repair_count}}", "1"),
        ("{{job.parameters.`a b`}}", "spaced"),
        ("{{tasks.`clean-up`.values.`rows.out`}} {{tasks.clean-up.values.rows.out}}", "3 3"),
        ("{{tasks.`clean-up`.error_code}}|{{tasks.train.error_code}}|", "RunExecutionError||"),
        ("{{tasks.`clean-up`.execution_count}}", "2"),
        ("{{job.trigger.time.year}}", "2017"),
        ("{{job.start_time.is_weekday}} {{job.start_time.iso_weekday}}", "true 5"),
        ("{{tasks.train.values.version}}", "7"),
        ("{{tasks.train.values.name}}", "churn"),
        ("{{tasks.train.values.split}}", '{"a": [1]}'),
        ("{{tasks.train.result_state}} {{tasks.train.run_id}}", "success 12"),
        ("{{job_id}} {{run_id}} {{parent_run_id}} {{task_retry_count}}", "5 13 11 2"),
        ("no { reference } {here}", "no { reference } {here}"),
        ("{{ name }} {{unknown.thing}} {{job}}", "{{ name }} {{unknown.thing}} {{job}}"),
        ("{{job.run_id} {job.run_id}} {{job.run_id", "{{job.run_id} {job.run_id}} {{job.run_id"),
        ("{{secrets/scope/key}} {{job.id`}} {{}}", "{{secrets/scope/key}} {{job.id`}} {{}}"),
    ],
)
def test_a_reference_is_replaced(references: References, text: str, expected: str) -> None:
    assert references.fill(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{job.nmae}}", r"\{\{job.nmae\}\} cannot be resolved: expected one of job.id"),
        ("{{job.parameters.day}}", "the job defines a b, night"),
        ("{{job.start_time.fortnight}}", r"job.start_time.fortnight\}\} cannot be resolved"),
        ("{{job.trigger.year}}", r"job.trigger.year\}\} cannot be resolved"),
        ("{{workspace.colour}}", r"workspace.colour\}\} cannot be resolved"),
        ("{{tasks.validate.values.x}}", "task score depends on clean-up, train"),
        ("{{tasks.train.values.x}}", "task train set name, split, version"),
        ("{{tasks.train.colour}}", "expected values"),
    ],
)
def test_a_reference_that_its_namespace_does_not_have_is_named(
    references: References, text: str, message: str
) -> None:
    with pytest.raises(SetupError, match=message) as caught:
        references.fill({"base_parameters": [text]})
    assert caught.value.code == "INVALID_RUN_CONFIGURATION"


def test_all_strings_of_a_task_are_filled(references: References) -> None:
    task = {"parameters": ["--id={{job.id}}", 3], "named": {"n": "{{task.name}}"}}
    assert references.fill(task) == {"parameters": ["--id=5", 3], "named": {"n": "score"}}
