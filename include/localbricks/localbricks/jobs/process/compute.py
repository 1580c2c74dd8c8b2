"""Where a task runs: the environment of its process, for the Connect server or for a driver of its own."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ...settings import WorkspaceSettings
from ...spark import write_classic_conf
from ..requests.clusters import NewCluster
from ..requests.models import Workflow
from ..requests.tasks import TaskSettings
from .sources import SetupError
from .spark_session import session_url

SECRET = re.compile(r"\{\{secrets/([^/{}]+)/([^/{}]+)\}\}")
# What the workspace itself was started with, or its own Spark sessions have set, and a task must not inherit: with
# SPARK_CONNECT_MODE_ENABLED a classic driver would look for a Connect server.
OWN = (
    "LOCALBRICKS_TOKEN",
    "PYTHONPATH",
    "SPARK_CONF_DIR",
    "SPARK_CONNECT_MODE_ENABLED",
    "SPARK_HOME",
    "SPARK_LOCAL_REMOTE",
    "SPARK_MASTER",
    "SPARK_REMOTE",
)


def cluster_of(task: TaskSettings, workflow: Workflow) -> NewCluster | None:
    """Return the job cluster of a task, or None when it runs on the Connect server."""
    clusters = {entry.job_cluster_key: entry.new_cluster for entry in workflow.job_clusters}
    return clusters[task.job_cluster_key] if task.job_cluster_key else task.new_cluster


def dependencies_of(task: TaskSettings, workflow: Workflow) -> list[str]:
    """Return the wheels and requirements of a task: its environment's, then its libraries."""
    environments = {entry.environment_key: entry.spec for entry in workflow.environments}
    named = environments[task.environment_key].dependencies if task.environment_key else []
    libraries = [library.whl or (library.pypi.package if library.pypi else "") for library in task.libraries]
    return [*named, *libraries]


def cores(cluster: NewCluster, machine: int | None = None) -> int:
    """Return how many cores a driver gets: one per worker, at least one, at most the machine's."""
    return max(1, min(cluster.workers(), machine or os.cpu_count() or 1))


def task_environment(
    settings: WorkspaceSettings,
    values: Path,
    cluster: NewCluster | None,
    folder: Path,
    libraries: Iterable[Path],
    python: Path,
    session_id: str | None,
) -> dict[str, str]:
    """Return the environment of a task's process; writes ``folder/conf`` for a job cluster.

    Args:
        values: folder of the task values of the run.
        libraries: folders to import from, first one first.
        python: interpreter of the task's environment.
        session_id: of the task's session on the Connect server; not used on a job cluster.
    """
    environment = {key: value for key, value in os.environ.items() if key not in OWN}
    environment |= {
        "DATABRICKS_HOST": settings.url,
        "DATABRICKS_TOKEN": settings.token,
        "LOCALBRICKS_WORKSPACE": str(settings.workspace_root),
        "LOCALBRICKS_TASK_VALUES": str(values),
        "LOCALBRICKS_RUN_FOLDER": str(folder),
        "LOCALBRICKS_PYTHON": str(python),
        "PATH": os.pathsep.join((str(python.parent), os.environ.get("PATH", os.defpath))),
        "PYTHONUNBUFFERED": "1",
    }
    paths = [str(path) for path in libraries]
    if cluster is None:
        environment["SPARK_REMOTE"] = session_url(settings.remote, str(session_id))
    else:
        environment |= {**_driver(settings, cluster, folder), "PYSPARK_PYTHON": str(python)}
        # The Python workers of a driver of its own must find the data sources that the Connect server has.
        paths += settings.data_sources
    if paths:
        environment["PYTHONPATH"] = os.pathsep.join(paths)
    return environment


def _driver(settings: WorkspaceSettings, cluster: NewCluster, folder: Path) -> dict[str, str]:
    environment = write_classic_conf(
        settings, folder / "conf", cores(cluster), settings.driver_memory, cluster.spark_conf
    )
    return environment | _with_secrets(cluster.spark_env_vars, settings.secrets)


def _with_secrets(variables: Mapping[str, str], path: Path | None) -> dict[str, str]:
    """Replace ``{{secrets/scope/key}}``; the values go to the process only."""
    if not any(SECRET.search(value) for value in variables.values()):
        return dict(variables)
    secrets = json.loads(path.read_text(encoding="utf-8")) if path else {}

    def reveal(reference: re.Match[str]) -> str:
        scope, key = reference[1], reference[2]
        if key not in secrets.get(scope, {}):
            raise SetupError(f"secret {scope}/{key} does not exist; see LOCALBRICKS_SECRETS")
        return str(secrets[scope][key])

    return {name: SECRET.sub(reveal, value) for name, value in variables.items()}
