"""What a task's process finds in its environment."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from localbricks.jobs.process.compute import cluster_of, cores, dependencies_of, task_environment
from localbricks.jobs.process.sources import SetupError
from localbricks.jobs.requests.clusters import NewCluster
from localbricks.jobs.requests.models import SubmitRun
from localbricks.settings import WorkspaceSettings

PYTHON = Path("/environment/bin/python")


@pytest.mark.parametrize(
    ("cluster", "machine", "expected"),
    [
        ({"num_workers": 3}, 8, 3),
        ({"num_workers": 3}, 2, 2),
        ({"num_workers": 0}, 8, 1),
        ({"autoscale": {"min_workers": 1, "max_workers": 4}}, 8, 4),
        ({}, 8, 1),
    ],
)
def test_a_driver_has_a_core_per_worker(cluster: dict[str, object], machine: int, expected: int) -> None:
    assert cores(NewCluster.model_validate(cluster), machine) == expected


def test_the_connect_server_is_the_compute_of_serverless_tasks(
    settings: WorkspaceSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALBRICKS_TOKEN", "secret-token")
    monkeypatch.setenv("PYTHONPATH", "/the/workspace's/own")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9500")
    environment = task_environment(
        settings, tmp_path / "values", None, tmp_path, [Path("/lib/a"), Path("/lib/b")], PYTHON, "0d1e"
    )
    assert environment["SPARK_REMOTE"] == "sc://localhost:1/;user_id=localbricks;session_id=0d1e"
    assert environment["DATABRICKS_HOST"] == "http://127.0.0.1:8443"
    assert environment["DATABRICKS_TOKEN"] == "secret-token"
    assert environment["PYTHONPATH"] == "/lib/a:/lib/b"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9500"
    assert environment["LOCALBRICKS_TASK_VALUES"] == str(tmp_path / "values")
    assert "LOCALBRICKS_TOKEN" not in environment
    assert environment["LOCALBRICKS_PYTHON"] == str(PYTHON)
    assert environment["PATH"].startswith("/environment/bin:")


def test_a_job_cluster_is_a_driver_with_a_conf_of_its_own(
    settings: WorkspaceSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As pyspark leaves it in a process that has opened a Connect session.
    monkeypatch.setenv("SPARK_CONNECT_MODE_ENABLED", "1")
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"lake": {"key": "hidden"}}))
    cluster = NewCluster(
        num_workers=1,
        spark_conf={"spark.driver.memory": "700m"},
        spark_env_vars={"KEY": "{{secrets/lake/key}}"},
    )
    own = replace(settings, secrets=secrets, data_sources=("/sources",))
    environment = task_environment(own, tmp_path / "values", cluster, tmp_path, [], PYTHON, None)
    assert not {"SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED"} & set(environment)
    assert environment["KEY"] == "hidden"
    assert environment["PYTHONPATH"] == "/sources"
    lines = Path(environment["SPARK_CONF_DIR"], "spark-defaults.conf").read_text().splitlines()
    conf = dict(line.split("=", 1) for line in lines)
    assert (conf["spark.master"], conf["spark.driver.memory"]) == ("local[1]", "700m")
    assert "hidden" not in "".join(lines)


def test_a_secret_that_does_not_exist_is_named(settings: WorkspaceSettings, tmp_path: Path) -> None:
    cluster = NewCluster(spark_env_vars={"KEY": "{{secrets/lake/key}}"})
    with pytest.raises(SetupError, match="secret lake/key does not exist"):
        task_environment(settings, tmp_path, cluster, tmp_path, [], PYTHON, None)


def test_clusters_and_environments_are_found_by_their_keys() -> None:
    python = {"python_file": "/a.py"}
    run = SubmitRun.model_validate(
        {
            "tasks": [
                {
                    "task_key": "a",
                    "spark_python_task": python,
                    "job_cluster_key": "main",
                    "libraries": [{"whl": "/a.whl"}],
                },
                {
                    "task_key": "b",
                    "spark_python_task": python,
                    "environment_key": "e",
                    "libraries": [{"pypi": {"package": "c"}}],
                },
            ],
            "job_clusters": [{"job_cluster_key": "main", "new_cluster": {"num_workers": 2}}],
            "environments": [
                {"environment_key": "e", "spec": {"dependencies": ["/b.whl"], "environment_version": "4"}}
            ],
        }
    )
    a, b = run.tasks
    cluster = cluster_of(a, run)
    assert cluster is not None
    assert cluster.num_workers == 2
    assert cluster_of(b, run) is None
    assert (dependencies_of(a, run), dependencies_of(b, run)) == (["/a.whl"], ["/b.whl", "c"])
