"""Where a task runs, as the Jobs API wants to be told; the local workspace's own models check each body."""

from typing import Any

import pytest

from lakeloop.config import Target, UseCase, load_target
from lakeloop_airflow import compute
from localbricks.jobs.requests.models import JobSettings, SubmitRun

WHEEL = "/Workspace/Shared/lakeloop/lakeloop-0.1.0-py3-none-any.whl"
serverless, cluster = load_target("local"), load_target("prod")


def submitted(use_case: UseCase, target: Target) -> dict[str, Any]:
    arguments = compute.submit_wheel_task(use_case, target, "score", date="2017-01-12", job_run="x")
    SubmitRun.model_validate(arguments)
    return arguments


def test_a_serverless_run_brings_its_wheel_in_an_environment(use_case: UseCase) -> None:
    body = submitted(use_case, serverless)

    [task] = body["tasks"]
    assert task["environment_key"] == body["environments"][0]["environment_key"]
    assert body["environments"][0]["spec"]["dependencies"] == [WHEEL]
    assert not {"new_cluster", "libraries"} & set(task)


def test_a_job_cluster_scales_and_takes_the_wheel_as_a_library(use_case: UseCase) -> None:
    body = submitted(use_case, cluster)

    [task] = body["tasks"]
    assert task["new_cluster"] == {
        "spark_version": "17.3.x-scala2.13",
        "node_type_id": "m5d.xlarge",
        "autoscale": {"min_workers": 1, "max_workers": 8},
    }
    assert task["libraries"] == [{"whl": WHEEL}]
    assert "environments" not in body


def test_parameters_are_named_as_the_command_line_reads_them(use_case: UseCase) -> None:
    [task] = submitted(use_case, serverless)["tasks"]

    assert task["python_wheel_task"] == {
        "package_name": "lakeloop",
        "entry_point": "score",
        "named_parameters": {"use-case": "churn", "target": "local", "date": "2017-01-12", "job-run": "x"},
    }


@pytest.mark.parametrize(("entry_point", "minutes"), [("ingest", 30), ("promote", 15), ("score", 30)])
def test_databricks_retries_and_ends_the_task_as_the_use_case_says(
    use_case: UseCase, entry_point: str, minutes: int
) -> None:
    [task] = compute.submit_wheel_task(use_case, serverless, entry_point)["tasks"]

    assert (task["max_retries"], task["timeout_seconds"]) == (2, minutes * 60)


@pytest.mark.parametrize("target", [serverless, cluster], ids=["serverless", "cluster"])
def test_a_workflows_tasks_find_the_compute_that_the_job_brings(use_case: UseCase, target: Target) -> None:
    shared = compute.workflow_arguments(target)
    notebook = {"notebook_path": "/x", "source": "WORKSPACE"}
    wheel = compute.wheel_task(use_case, target, "register", run_id="{{tasks.train.values.candidate_run_id}}")
    settings = {
        "name": "churn_train.model",
        "tasks": [
            {"task_key": "train", "notebook_task": notebook, **compute.workflow_notebook_compute(target)},
            {
                "task_key": "register",
                "depends_on": [{"task_key": "train"}],
                **wheel,
                **compute.workflow_wheel_compute(target),
            },
        ],
        **shared.get("extra_job_params", {}),
        **({"job_clusters": shared["job_clusters"]} if "job_clusters" in shared else {}),
    }

    JobSettings.model_validate(settings)


def test_every_entry_point_that_is_submitted_exists() -> None:
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text())
    assert {"ingest", "promote", "register", "score"} <= set(project["project"]["entry-points"]["packages"])
