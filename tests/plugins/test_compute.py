"""Requests of the Jobs API, read by databricks-sdk's own classes and checked by the bundle schema of Databricks."""

import inspect
import json
import os
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

import pytest
from databricks.sdk.service.jobs import JobEnvironment, JobsAPI, JobSettings, SubmitTask
from jinja2 import Environment, StrictUndefined
from jsonschema import Draft202012Validator

from lakeloop.config import Compute, Target, UseCase, load_target
from lakeloop_airflow import compute
from lakeloop_airflow.defaults import stage_timeout
from localbricks.jobs.requests import models as local

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path(os.environ.get("LAKELOOP_SCHEMAS", ROOT.parent / "shared" / "schemas"))
WHEEL = "/Workspace/Shared/lakeloop/x/releases/1/lakeloop-1-py3-none-any.whl"
serverless, cluster = load_target("local"), load_target("prod")
everything = cluster.model_copy(
    update={
        "compute": Compute(
            kind="job_cluster",
            instance_pool_id="pool-1",
            spark_version="17.3.x-scala2.13",
            data_security_mode="USER_ISOLATION",
            instance_profile_arn="arn:aws:iam::123456789012:instance-profile/lakeloop",
            policy_id="P-1",
            custom_tags={"team": "data"},
            spark_conf={"spark.sql.shuffle.partitions": "8"},
            spark_env_vars={"TOKEN": "{{secrets/lakeloop/token}}"},
        )
    }
)
# all but training is serverless
two_computes = serverless.model_copy(
    update={
        "train_compute": Compute(kind="job_cluster", node_type="m5d.large", spark_version="17.3.x", workers=4)
    }
)
targets = pytest.mark.parametrize(
    "target",
    [serverless, cluster, everything, two_computes],
    ids=["serverless", "cluster", "every-key", "two-computes"],
)


def rendered(content: Any) -> Any:
    """As Airflow's templates leave it, with a release and a token."""
    if isinstance(content, dict):
        return {key: rendered(value) for key, value in content.items()}
    if isinstance(content, list):
        return [rendered(value) for value in content]
    if not isinstance(content, str):
        return content
    macros = SimpleNamespace(
        lakeloop=SimpleNamespace(
            wheel=lambda *_: WHEEL,
            notebook=lambda *names: f"/n/{names[-1]}",
            idempotency_token=lambda *_: "t",
        )
    )
    return (
        Environment(undefined=StrictUndefined)
        .from_string(content)
        .render(macros=macros, dag_run=None, ti=None)
    )


def submitted(use_case: UseCase, target: Target, entry_point: str = "score") -> dict[str, Any]:
    return rendered(compute.submit_wheel_task(use_case, target, entry_point, date="2017-01-12", job_run="x"))


def job(use_case: UseCase, target: Target) -> dict[str, Any]:
    """The train job, as the workflow's launch sends it."""
    train = compute.workflow_notebook(use_case, target, "train", job_run_id=compute.reference("job.run_id"))
    run_id = compute.reference("tasks.train.values.candidate_run_id")
    register = compute.workflow_wheel_task(use_case, target, "register", run_id=run_id)
    settings = compute.workflow(use_case, target, "train")["job"]
    return rendered({**settings, "tasks": [train, {**register, "depends_on": [{"task_key": "train"}]}]})


def understood(model: type[Any], body: Any, where: str = "") -> None:
    """Fails where a body has a key that the SDK's dataclass does not know: the API would ignore or refuse it."""
    if isinstance(body, list):
        for number, part in enumerate(body):
            understood(model, part, f"{where}[{number}]")
    elif isinstance(body, dict) and is_dataclass(model):
        known = {field.name for field in fields(model)}
        assert set(body) <= known, f"{where}: {model.__name__} has no {set(body) - known}"
        hints = get_type_hints(model)
        for name, value in body.items():
            understood(_inner(hints[name]), value, f"{where}.{name}")


def _inner(annotation: Any) -> Any:
    """``Task`` of ``list[Task] | None``."""
    while get_args(annotation):
        annotation = get_args(annotation)[0]
    return annotation


@targets
def test_databricks_own_classes_know_every_key(use_case: UseCase, target: Target) -> None:
    wanted, run = job(use_case, target), submitted(use_case, target)

    understood(JobSettings, wanted)
    assert JobSettings.from_dict(wanted).as_dict() == wanted
    assert set(run) <= set(inspect.signature(JobsAPI.submit).parameters)
    understood(SubmitTask, run["tasks"])
    understood(JobEnvironment, run.get("environments", []))


@targets
def test_the_bundle_schema_of_databricks_accepts_the_job(use_case: UseCase, target: Target) -> None:
    file = SCHEMAS / "databricks_bundle.json"
    if not file.exists():
        pytest.skip(f"{file} is not there; LAKELOOP_SCHEMAS names the folder of the schema")
    text = file.read_text(encoding="utf-8")
    # Python's `re` has other names for the Unicode classes of letters and numbers
    schema = json.loads(text.replace(r"\\p{L}", r"\\w").replace(r"\\p{N}", r"\\d"))
    bundle = {"bundle": {"name": "lakeloop"}, "resources": {"jobs": {"train": job(use_case, target)}}}

    errors = [error.message for error in Draft202012Validator(schema).iter_errors(bundle)]
    assert errors == []


@targets
def test_the_local_workspace_accepts_both(use_case: UseCase, target: Target) -> None:
    local.JobSettings.model_validate(job(use_case, target))
    local.SubmitRun.model_validate(submitted(use_case, target))


def test_a_serverless_run_brings_its_wheel_in_an_environment(use_case: UseCase) -> None:
    body = submitted(use_case, serverless)

    [task] = body["tasks"]
    assert task["environment_key"] == body["environments"][0]["environment_key"]
    assert body["environments"][0]["spec"]["dependencies"] == [WHEEL]
    assert not {"new_cluster", "libraries"} & set(task)


def test_a_job_cluster_sees_unity_catalog_scales_and_takes_the_wheel_as_a_library(use_case: UseCase) -> None:
    body = submitted(use_case, cluster)

    [task] = body["tasks"]
    assert task["new_cluster"] == {
        "spark_version": "17.3.x-scala2.13",
        "node_type_id": "m5d.xlarge",
        "autoscale": {"min_workers": 1, "max_workers": 8},
        "data_security_mode": "SINGLE_USER",
    }
    assert task["libraries"] == [{"whl": WHEEL}]
    assert "environments" not in body


def test_every_key_of_the_target_reaches_the_cluster() -> None:
    assert rendered(compute.new_cluster(everything.compute)) == {
        "spark_version": "17.3.x-scala2.13",
        "instance_pool_id": "pool-1",
        "autoscale": {"min_workers": 1, "max_workers": 2},
        "data_security_mode": "USER_ISOLATION",
        "policy_id": "P-1",
        "aws_attributes": {"instance_profile_arn": "arn:aws:iam::123456789012:instance-profile/lakeloop"},
        "custom_tags": {"team": "data"},
        "spark_conf": {"spark.sql.shuffle.partitions": "8"},
        "spark_env_vars": {"TOKEN": "{{secrets/lakeloop/token}}"},
    }


def test_training_may_have_a_cluster_of_its_own_of_a_fixed_size(use_case: UseCase) -> None:
    train = job(use_case, two_computes)
    [score] = submitted(use_case, two_computes)["tasks"]

    [shared] = train["job_clusters"]
    assert shared["new_cluster"]["num_workers"] == 4
    assert "autoscale" not in shared["new_cluster"]
    assert {task["job_cluster_key"] for task in train["tasks"]} == {shared["job_cluster_key"]}
    assert "environments" not in train
    assert "environment_key" in score


@targets
def test_notebooks_get_the_wheel_and_its_libraries_as_the_other_tasks_do(
    use_case: UseCase, target: Target
) -> None:
    train, register = job(use_case, target)["tasks"]

    for key in ("environment_key", "job_cluster_key", "libraries"):
        assert train.get(key) == register.get(key)
    assert WHEEL in json.dumps([train, job(use_case, target).get("environments")])


@targets
def test_every_task_has_its_stages_timeout_and_retries(use_case: UseCase, target: Target) -> None:
    tasks = [*job(use_case, target)["tasks"], *submitted(use_case, target, "promote")["tasks"]]

    seconds = [int(stage_timeout(use_case, stage).total_seconds()) for stage in ("train", "train", "deploy")]
    assert [task["timeout_seconds"] for task in tasks] == seconds
    assert {task["max_retries"] for task in tasks} == {use_case.retries}


def test_targets_that_share_a_workspace_have_names_of_their_own(use_case: UseCase) -> None:
    dev = load_target("dev")

    assert submitted(use_case, dev)["run_name"] == "[dev] churn score"
    assert job(use_case, cluster)["name"] == "[prod] churn train"
    assert compute.token(dev) != compute.token(cluster)


def test_parameters_are_named_as_the_command_line_reads_them(use_case: UseCase) -> None:
    [task] = submitted(use_case, serverless)["tasks"]

    assert task["python_wheel_task"] == {
        "package_name": "lakeloop",
        "entry_point": "score",
        "named_parameters": {"use-case": "churn", "target": "local", "date": "2017-01-12", "job-run": "x"},
    }


def test_databricks_gets_its_own_references_unrendered(use_case: UseCase) -> None:
    train, register = job(use_case, serverless)["tasks"]

    assert train["notebook_task"]["base_parameters"]["job_run_id"] == "{{job.run_id}}"
    assert (
        register["python_wheel_task"]["named_parameters"]["run-id"]
        == "{{tasks.train.values.candidate_run_id}}"
    )


def test_every_entry_point_that_is_submitted_exists() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text())
    assert {"ingest", "promote", "register", "score"} <= set(project["project"]["entry-points"]["packages"])
